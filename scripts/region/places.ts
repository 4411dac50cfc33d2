import type { Home } from '../population/home.js';
import { city, counties } from './divisions.js';
import type { Institution } from './institutions.js';
import type { Random } from './random.js';
import { recordRates } from './record-rates.js';

/** Institutions that see patients, by area. */
export type Places = ReadonlyMap<string, readonly Institution[]>;

export function placesOf(institutions: readonly Institution[]): Places {
  const places = new Map<string, Institution[]>();
  for (const institution of institutions) {
    if (/^[EJK]/.test(institution.category)) continue;
    places.set(institution.area, [...(places.get(institution.area) ?? []), institution]);
  }
  return places;
}

/** Most go to the nearest: tiered diagnosis as it is meant, and as people do it all the same. */
export function choosePlace(home: Home, places: Places, random: Random): Institution {
  const { near, hospitals } = localPlaces(home, places);
  const level = random.weighted([
    [near, 5],
    [hospitals, 4],
    [inArea(places, city.code), 1.5],
  ]);
  return random.pick(level.length > 0 ? level : hospitals);
}

interface Further {
  /** Where the person is registered already, the first one first. */
  readonly taken: readonly Institution[];
  /** The home that is told now. */
  readonly home: Home;
}

/** Another institution: in the area of the first one, or elsewhere. */
export function chooseFurtherPlace({ taken, home }: Further, places: Places, random: Random): Institution {
  const area = taken[0]?.area ?? city.code;
  const elsewhere = random.chance(recordRates.elsewhere);
  const lists = elsewhere ? listsElsewhere({ area, home }, places, random) : listsIn(area, home, places);
  const open = lists
    .map(([list, weight]) => [list.filter((place) => !taken.includes(place)), weight] as const)
    .filter(([list]) => list.length > 0);
  return random.pick(random.weighted(open));
}

type Lists = readonly (readonly [list: readonly Institution[], weight: number])[];

function listsIn(area: string, home: Home, places: Places): Lists {
  if (area === city.code) return [[inArea(places, area), 1]];
  const hospitals = inArea(places, area).filter(isHospital);
  return area === home.county.code
    ? [
        [localPlaces(home, places).near, 5],
        [hospitals, 4],
      ]
    : [[hospitals, 1]];
}

/** From the city back to the county of the home; from a county to the city, or to another county. */
function listsElsewhere({ area, home }: { area: string; home: Home }, places: Places, random: Random): Lists {
  if (area !== city.code && random.chance(recordRates.inCity)) return listsIn(city.code, home, places);
  const other = random.pick(counties.filter(({ code }) => code !== area)).code;
  return listsIn(home.county.code === area ? other : home.county.code, home, places);
}

/** Where somebody is brought to of whom nothing is known. */
export const chooseEmergencyPlace = (home: Home, places: Places, random: Random): Institution =>
  random.pick(
    [...inArea(places, home.county.code), ...inArea(places, city.code)].filter(
      ({ category }) => category === 'A100',
    ),
  );

function localPlaces(home: Home, places: Places): Readonly<Record<'near' | 'hospitals', Institution[]>> {
  const local = inArea(places, home.county.code);
  return {
    near: local.filter(({ township }) => township === home.township),
    hospitals: local.filter(isHospital),
  };
}

const inArea = (places: Places, area: string): readonly Institution[] => places.get(area) ?? [];
const isHospital = ({ township }: Institution): boolean => township === undefined;
