import { createResidentIds, phoneNumber } from '../region/identifiers.js';
import { drawName, type Sex } from '../region/names.js';
import { createRandom, type Random } from '../region/random.js';
import { drawHome, type Home } from './home.js';
import { latinFamilyNames, latinGivenNames, minorityNames, rareFamilyNames } from './name-tables.js';

export interface ResidentName {
  readonly script: 'han' | 'minority' | 'latin';
  /** Of a minority name: the father's, which stands last. */
  readonly family: string;
  readonly given: string;
}

/** One person of the population. */
export interface Resident {
  /** The truth: counts from 1. */
  readonly person: number;
  readonly household: number;
  readonly name: ResidentName;
  readonly sex: Sex;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  /** Resident id or residence permit, valid; a foreigner has none. */
  readonly residentId?: string;
  readonly passport?: string;
  readonly phone: string;
  readonly home: Home;
  readonly mother?: Resident;
  /** Order of birth among twins. */
  readonly twin?: number;
}

/** The last day on which somebody of the population was born. */
export const lastBirth = '2026-06-30';
const year = 365.25 * 86_400_000;
const until = Date.parse(`${lastBirth}T00:00:00Z`);

interface Birth {
  readonly sex: Sex;
  readonly at: Date;
}

interface Family {
  readonly number: number;
  readonly random: Random;
  readonly home: Home;
  readonly kind: ResidentName['script'];
  readonly add: (
    member: Omit<Resident, 'person' | 'household' | 'home' | 'residentId'>,
    at: Date,
  ) => Resident;
}

/** People in households, until there are `size` of them; the last household may be cut short. */
export function createResidents(seed: string, size: number): Resident[] {
  const residents: Resident[] = [];
  for (const household of createHouseholds(seed)) {
    if (residents.length >= size) break;
    residents.push(...household);
  }
  return residents.slice(0, size);
}

/** One household after the other, without an end. */
export function* createHouseholds(seed: string): Generator<readonly Resident[]> {
  const root = createRandom(seed);
  const nextId = createResidentIds();
  let person = 0;
  for (let number = 1; ; number += 1) {
    const random = root.fork(`household-${number}`);
    const home = drawHome(random);
    const kind = random.weighted([
      ['han', 95.5],
      ['minority', 3],
      ['latin', 1.5],
    ] as const);
    const area = idArea(home, random);
    const household: Resident[] = [];
    const add: Family['add'] = (member, birthDate) => {
      person += 1;
      const id = member.passport
        ? {}
        : { residentId: nextId({ area, birthDate, male: member.sex === 'male' }) };
      const resident = { ...member, ...id, person, household: number, home };
      household.push(resident);
      return resident;
    };
    addHousehold({ number, random, home, kind, add });
    yield household;
  }
}

/** Where the id was issued: mostly at home, else in a county abolished since, elsewhere, or for Hong Kong and Taiwan. */
const idArea = (home: Home, random: Random): string =>
  random.weighted([
    [home.county.code, 90],
    ['420621', 4],
    ['420583', 3],
    ['510902', 2],
    ['810000', 0.5],
    ['830000', 0.5],
  ]);

function addHousehold(family: Family): void {
  const { random } = family;
  const kind = random.weighted([
    ['single', 18],
    ['couple', 25],
    ['children', 32],
    ['infant', 7],
    ['generations', 18],
  ] as const);
  const age = kind === 'single' ? random.between(18, 90) : random.between(24, kind === 'couple' ? 82 : 42);
  const first = addAdult(family, drawBirth(random, age));
  if (kind === 'single') return;
  const partner = addAdult(
    family,
    drawBirth(random, Math.max(20, age + random.between(-4, 4)), opposite(first.sex)),
  );
  if (kind === 'couple') return;
  const [father, mother] = first.sex === 'male' ? [first, partner] : [partner, first];
  if (kind === 'generations') addGrandparents(family, father, age);
  const oldest = kind === 'infant' ? 0 : Math.max(0, age - random.between(21, 26));
  addChildren(family, { father, mother }, oldest);
}

const opposite = (sex: Sex): Sex => (sex === 'male' ? 'female' : 'male');

function drawBirth(random: Random, age: number, sex?: Sex): Birth {
  const at = new Date(Math.floor((until - (age + random.next() * 0.95) * year) / 86_400_000) * 86_400_000);
  return { at, sex: sex ?? (random.chance(0.5) ? 'male' : 'female') };
}

function addAdult(family: Family, birth: Birth, name = drawAdultName(family, birth)): Resident {
  const { random, kind, number } = family;
  const member = {
    name,
    sex: birth.sex,
    birthDate: dayOf(birth.at),
    phone: phoneNumber(scattered(number * 8 + random.between(0, 7))),
    ...(kind === 'latin' ? { passport: drawPassport(random) } : {}),
  };
  return family.add(member, birth.at);
}

const dayOf = (at: Date): string => at.toISOString().slice(0, 10);
/** One to one below 100 million, so that neighbours have no similar numbers. */
const scattered = (serial: number): number => (serial * 48_271_013) % 100_000_000;
const drawPassport = (random: Random): string =>
  `${random.pick([...'CDKLNPRX'])}${String(random.between(0, 99_999_999)).padStart(8, '0')}`;

function drawAdultName({ random, kind }: Family, { sex, at }: Birth): ResidentName {
  if (kind === 'latin') {
    return { script: kind, family: random.pick(latinFamilyNames), given: drawLatinGiven(random, sex) };
  }
  if (kind === 'minority') {
    return { script: kind, family: random.pick(minorityNames.male), given: random.pick(minorityNames[sex]) };
  }
  const { family, given } = drawName(random, sex, at.getUTCFullYear());
  return { script: kind, family: random.chance(0.04) ? random.pick(rareFamilyNames) : family, given };
}

function drawLatinGiven(random: Random, sex: Sex): string {
  const first = random.pick(latinGivenNames[sex]);
  const second = random.pick(latinGivenNames[sex]);
  return random.chance(0.35) && second !== first ? `${first} ${second}` : first;
}

function addGrandparents(family: Family, father: Resident, age: number): void {
  const { random } = family;
  const birth = drawBirth(random, age + random.between(22, 30), 'male');
  const name = drawAdultName(family, birth);
  const grandfather =
    family.kind === 'minority'
      ? { ...name, given: father.name.family }
      : { ...name, family: father.name.family };
  addAdult(family, birth, grandfather);
  addAdult(family, drawBirth(random, age + random.between(21, 29), 'female'));
}

interface Parents {
  readonly father: Resident;
  readonly mother: Resident;
}

/** One to three, the later ones younger; one household in twenty has twins. Children have their mother's telephone. */
function addChildren(family: Family, parents: Parents, oldest: number): void {
  const { random } = family;
  const twins = random.chance(0.06);
  const number = twins
    ? 2
    : random.weighted([
        [1, 5],
        [2, 4],
        [3, 1],
      ] as const);
  let birth = drawBirth(random, oldest);
  const siblings: Resident[] = [];
  for (let place = 1; place <= number; place += 1) {
    if (place > 1) {
      const sex = random.chance(0.7) ? birth.sex : opposite(birth.sex);
      birth = twins ? { at: birth.at, sex } : drawBirth(random, Math.max(0, oldest - 3 * (place - 1)));
    }
    siblings.push(addChild(family, { parents, birth, siblings, ...(twins ? { twin: place } : {}) }));
  }
}

interface Child {
  readonly parents: Parents;
  readonly birth: Birth;
  readonly siblings: readonly Resident[];
  readonly twin?: number;
}

function addChild(family: Family, { parents, birth, siblings, twin }: Child): Resident {
  const { random, kind } = family;
  const member = {
    name: childName(family, { parents, birth, siblings }),
    sex: birth.sex,
    birthDate: dayOf(birth.at),
    phone: parents.mother.phone,
    mother: parents.mother,
    ...(twin === undefined ? {} : { twin }),
    ...(kind === 'latin' ? { passport: drawPassport(random) } : {}),
  };
  return family.add(member, birth.at);
}

/** The father's family name; with brothers and sisters often all but one character the same, never the whole name. */
function childName(family: Family, { parents, birth, siblings }: Child): ResidentName {
  const taken = new Set(siblings.map(({ name }) => name.given));
  for (;;) {
    const name = drawAdultName(family, birth);
    const fatherName = parents.father.name;
    const child = { ...name, family: family.kind === 'minority' ? fatherName.given : fatherName.family };
    const [shared] = [...(siblings[0]?.name.given ?? '')];
    const [, second] = [...name.given];
    const generation = family.kind === 'han' && shared && second && siblings[0]?.name.given.length === 2;
    const given = generation && family.random.chance(0.6) ? shared + second : name.given;
    if (!taken.has(given)) return { ...child, given };
  }
}
