import { readFileSync } from 'node:fs';

import {
  birthDate,
  code,
  type FeatureRecord,
  latinNamePart,
  packDate,
  personalName,
  type PersonalName,
  remember,
  type Schema,
  text,
  type Word,
  wordOf,
} from '../../src/domain/mpi/index.js';

/** A row of a file in FEBRL's columns, each value folded to lower case, `''` where it is missing. */
export interface FebrlRow {
  readonly id: string;
  readonly given: string;
  readonly surname: string;
  readonly streetNumber: string;
  readonly street: string;
  readonly place: string;
  readonly suburb: string;
  readonly postcode: string;
  readonly state: string;
  readonly birthDate: string;
}

const columns: Record<keyof FebrlRow, string> = {
  id: 'rec_id',
  given: 'given_name',
  surname: 'surname',
  streetNumber: 'street_number',
  street: 'address_1',
  place: 'address_2',
  suburb: 'suburb',
  postcode: 'postcode',
  state: 'state',
  birthDate: 'date_of_birth',
};

/** Reads a file with commas between values and a head of column names; FEBRL quotes nothing. */
export function readFebrl(file: string): FebrlRow[] {
  const lines = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const sameText = remember((text) => text);
  const [head = [], ...rows] = lines.map((line) =>
    line.split(',').map((cell) => sameText(cell.trim().toLowerCase())),
  );
  const placeOf = (column: string): number => {
    const place = head.indexOf(column);
    if (place < 0) throw new Error(`${file} has no column ${column}`);
    return place;
  };
  const places = Object.entries(columns).map(([name, column]) => [name, placeOf(column)] as const);
  const rowOf = (cells: readonly string[]): FebrlRow =>
    Object.fromEntries(places.map(([name, place]) => [name, cells[place] ?? ''])) as unknown as FebrlRow;
  return rows.map(rowOf);
}

/** The truth: records of one person have the same number, in rec-N-org and rec-N-dup-k. */
export const febrlPerson = ({ id }: FebrlRow): string => id.split('-')[1] ?? id;

export type FebrlFields = 'all' | 'names,birthdate';

const rules = [['given', 'surname', 'birthDate']];
const corroborated = [0, 1];
const name = personalName(latinNamePart);

/** Which features are compared: all but the social security number, or names and birth date. */
export const febrlSchemas: Record<FebrlFields, Schema> = {
  'names,birthdate': { name: 'names and birth date', comparisons: [name, birthDate], rules, corroborated },
  all: {
    name: 'names, birth date and address',
    comparisons: [
      name,
      birthDate,
      text('street'),
      text('place'),
      text('suburb'),
      code('streetNumber'),
      code('postcode'),
      code('state'),
    ],
    rules,
    corroborated,
  },
};

export function febrlFeatures(row: FebrlRow, fields: FebrlFields): FeatureRecord {
  const { given, surname } = row;
  const personal: PersonalName<Word> = {
    given: given ? wordOf(given) : undefined,
    surname: surname ? wordOf(surname) : undefined,
    whole: 0,
    swapped: 0,
  };
  const values = [given || surname ? personal : undefined, packDate(row.birthDate)];
  if (fields === 'names,birthdate') return { id: row.id, values, blockingKeys: nameKeys(row) };
  const texts = [row.street, row.place, row.suburb].map((value) => (value ? wordOf(value) : undefined));
  const codes = [row.streetNumber, row.postcode, row.state].map((value) => value || undefined);
  return {
    id: row.id,
    values: [...values, ...texts, ...codes],
    blockingKeys: [...nameKeys(row), ...addressKeys(row)],
  };
}

/**
 * Blocking keys of names and birth date: the date alone, both names, and any name (in either place, whole or by its
 * beginning or end) with a part of the date.
 */
function nameKeys({ given, surname, birthDate: born }: FebrlRow): string[] {
  const words = [given, surname].filter((word) => word !== '').sort();
  const keys = words.length === 2 ? [`n:${words.join(':')}`, `p:${words.map(startOf).join(':')}`] : [];
  if (born.length !== 8) return keys;
  const [year, month, day] = [born.slice(0, 4), born.slice(4, 6), born.slice(6)];
  keys.push(`b:${born}`);
  for (const word of words) {
    for (const part of [word, `${startOf(word)}-`, `-${word.slice(-3)}`])
      keys.push(`${part}:${year}`, `${part}:${month}${day}`);
    keys.push(`${word.slice(0, 2)}:${year}m${month}`, `${word.slice(0, 2)}:${year}d${day}`);
  }
  return keys;
}

/** Blocking keys of the address: two of its parts, or one with a part of the name or the birth date. */
function addressKeys({ given, surname, birthDate: born, ...address }: FebrlRow): string[] {
  const { street, place, suburb, postcode, streetNumber, state } = address;
  const house = streetNumber && state && `${streetNumber}-${state}`;
  const parts = [street, place, suburb, postcode, house].filter((part) => part !== '');
  const others = [given, surname].filter((word) => word !== '').map(startOf);
  if (born.length === 8) others.push(born.slice(0, 4), born.slice(4));
  const keys = parts.flatMap((part) => others.map((other) => `a:${part}:${other}`));
  for (const [index, part] of parts.entries()) {
    for (const second of parts.slice(index + 1)) keys.push(`a:${part}:${second}`);
  }
  if (street && state) keys.push(`a:${street}:${state}`);
  return keys;
}

const startOf = (word: string): string => word.slice(0, 3);
