import { city, counties, type County } from '../region/divisions.js';
import type { Random } from '../region/random.js';
import { roadNames, villageNames } from './name-tables.js';

/** Where a household lives: in a village by group and house, or in a street by house and flat. */
export interface Home {
  readonly county: County;
  readonly township: string;
  readonly place:
    | { readonly kind: 'village'; readonly village: string; readonly group: number; readonly house: number }
    | {
        readonly kind: 'street';
        readonly road: string;
        readonly house: number;
        readonly building: number;
        readonly entrance: number;
        readonly flat: number;
      };
}

export function drawHome(random: Random): Home {
  const county = random.pick(counties);
  const township = random.pick(county.townships);
  if (!township.endsWith('街道') && random.chance(0.75)) {
    const village = random.pick(villageNames);
    const place = {
      kind: 'village',
      village,
      group: random.between(1, 9),
      house: random.between(1, 60),
    } as const;
    return { county, township, place };
  }
  const flat = random.between(1, 18) * 100 + random.between(1, 4);
  const place = {
    kind: 'street',
    road: random.pick(roadNames),
    house: random.between(1, 200),
    building: random.between(1, 12),
    entrance: random.between(1, 4),
    flat,
  } as const;
  return { county, township, place };
}

const numerals = '零一二三四五六七八九';
const fullWidth = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

/** As the first institution writes it. */
export const tidyAddress = (home: Home): string =>
  `${city.province}${city.name}${home.county.name}${home.township}${tidyPlace(home)}`;

function tidyPlace({ place }: Home): string {
  return place.kind === 'village'
    ? `${place.village}村${place.group}组${place.house}号`
    : `${place.road}${place.house}号${place.building}栋${place.entrance}单元${place.flat}室`;
}

/** As somebody else writes the same: more or less of it, other numerals, other words. */
export function otherAddress(home: Home, random: Random): string {
  const head = random.pick([`${city.province}${city.name}`, city.name, `${city.province} ${city.name} `, '']);
  const text = `${head}${home.county.name}${home.township}${otherPlace(home, random)}`;
  return random.chance(0.1) ? fullWidth(text) : text;
}

function otherPlace({ place }: Home, random: Random): string {
  if (place.kind === 'street') {
    const flat = random.pick([
      `${place.building}-${place.entrance}-${place.flat}`,
      `${place.building}号楼${place.entrance}单元${place.flat}`,
      '',
    ]);
    return `${place.road}${place.house}号${flat}`;
  }
  const group = random.pick([
    `${place.group}组`,
    `${numerals[place.group] ?? ''}组`,
    `第${place.group}村民小组`,
    `${numerals[place.group] ?? ''}社`,
  ]);
  return `${place.village}${random.pick(['村', '村委会'])}${group}${random.chance(0.5) ? `${place.house}号` : ''}`;
}
