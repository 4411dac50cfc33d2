import { type Chain } from '../chain.js';
import { type Comparison } from '../features.js';
import { type HomeAddress } from '../identity/index.js';
import { textHash } from '../text-hash.js';

/** The parts of a home that tell homes apart, each as its hash, 0 where it is not told. */
export interface Home {
  readonly county: number;
  readonly township: number;
  readonly village: number;
  readonly road: number;
  readonly group: number;
  readonly number: number;
  readonly room: number;
}

/** The same in the order of `Home`, as it is kept. */
export const hashHome = (address: HomeAddress): number[] =>
  [
    address.county,
    address.township,
    address.village,
    address.road,
    address.group,
    address.number,
    address.room,
  ].map(textHash);

export function homeOf(hashes: readonly number[], next: Chain<Home> | undefined): Chain<Home> {
  const [county = 0, township = 0, village = 0, road = 0, group = 0, number = 0, room = 0] = hashes;
  return { county, township, village, road, group, number, room, next };
}

const [disagree, sameTownship, sameStreet, exact] = [1, 2, 3, 4] as const;

/** Where people live, by the parts that both records tell. */
export const home: Comparison<Chain<Home>> = {
  fields: [
    {
      name: 'home',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'disagree', agreement: 'disagree' },
        { name: 'same township', agreement: 'far' },
        { name: 'same village or road', agreement: 'near' },
        { name: 'same house', agreement: 'exact' },
      ],
    },
  ],
  compare(one, other, { levels, place }) {
    let most = 0;
    for (let address: typeof one | undefined = one; address; address = address.next) {
      for (let partner: typeof one | undefined = other; partner; partner = partner.next)
        most = Math.max(most, compareHomes(address, partner));
    }
    levels[place] = most;
  },
};

function compareHomes(one: Home, other: Home): number {
  if (isOther(one.county, other.county)) return disagree;
  if (isSame(one.village, other.village) || isSame(one.road, other.road))
    return isSameHouse(one, other) ? exact : sameStreet;
  return isSame(one.township, other.township) ? sameTownship : disagree;
}

/** Something of group, number and room is the same, and nothing is another. */
const isSameHouse = (one: Home, other: Home): boolean =>
  !isOther(one.group, other.group) &&
  !isOther(one.number, other.number) &&
  !isOther(one.room, other.room) &&
  (isSame(one.group, other.group) || isSame(one.number, other.number) || isSame(one.room, other.room));

const isSame = (one: number, other: number): boolean => one !== 0 && one === other;
const isOther = (one: number, other: number): boolean => one !== 0 && other !== 0 && one !== other;
