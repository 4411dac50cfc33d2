import { counties, type County } from './divisions.js';
import { createResidentIds, phoneNumber } from './identifiers.js';
import { drawName, type PersonName, type Sex } from './names.js';
import { createRandom, type Random } from './random.js';

export interface Person {
  /** Counts from 1. */
  readonly serial: number;
  readonly residentId: string;
  readonly name: PersonName;
  readonly sex: Sex;
  /** YYYY-MM-DD. */
  readonly birthDate: string;
  readonly age: number;
  readonly phone: string;
  readonly county: County;
  readonly township: string;
  /** Chance of everything that happens to this person. */
  readonly random: Random;
}

/** Ages as those who come to see a doctor have them: [from, to], weight. */
const ages: readonly (readonly [readonly [number, number], number])[] = [
  [[0, 5], 9],
  [[6, 17], 8],
  [[18, 34], 14],
  [[35, 49], 18],
  [[50, 64], 26],
  [[65, 79], 20],
  [[80, 94], 5],
];

/** One person after the other; the n-th is the same whatever the number. `until` is the day on which the ages hold. */
export function* people(seed: string, number: number, until: Date): Generator<Person> {
  const residentId = createResidentIds();
  const root = createRandom(seed);
  for (let serial = 1; serial <= number; serial += 1) {
    const random = root.fork(`person-${serial}`);
    const sex: Sex = random.chance(0.48) ? 'male' : 'female';
    const [from, to] = random.weighted(ages);
    const age = random.between(from, to);
    const birth = new Date(
      Date.UTC(
        until.getUTCFullYear() - age,
        until.getUTCMonth(),
        until.getUTCDate() - random.between(0, 364),
      ),
    );
    const county = random.pick(counties);
    yield {
      serial,
      residentId: residentId({ area: county.code, birthDate: birth, male: sex === 'male' }),
      name: drawName(random, sex, birth.getUTCFullYear()),
      sex,
      birthDate: birth.toISOString().slice(0, 10),
      age,
      phone: phoneNumber(serial),
      county,
      township: random.pick(county.townships),
      random,
    };
  }
}
