import { createHouseholds, lastBirth, type Resident } from '../population/residents.js';
import { createRandom, type Random } from './random.js';

/** A resident who comes to see a doctor. */
export interface Person {
  readonly resident: Resident;
  /** The others of the household. */
  readonly relatives: readonly Resident[];
  /** Whole years on the last day. */
  readonly age: number;
  /** Chance of everything that happens to this person. */
  readonly random: Random;
}

/** Share of those from an age on who come in a year. */
const comers: readonly (readonly [from: number, share: number])[] = [
  [0, 0.6],
  [6, 0.4],
  [18, 0.4],
  [35, 0.6],
  [50, 1],
];

/** One person after the other, household by household; the n-th is the same whatever the number. */
export function* people(seed: string, number: number): Generator<Person> {
  const root = createRandom(seed);
  let left = number;
  for (const household of createHouseholds(`${seed}/residents`)) {
    for (const resident of household) {
      const random = root.fork(`person-${resident.person}`);
      const age = ageOf(resident.birthDate);
      if (!random.chance(comers.findLast(([from]) => from <= age)?.[1] ?? 1)) continue;
      if (left === 0) return;
      left -= 1;
      yield { resident, relatives: household.filter((other) => other !== resident), age, random };
    }
  }
}

function ageOf(birthDate: string): number {
  const years = Number(lastBirth.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return lastBirth.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
