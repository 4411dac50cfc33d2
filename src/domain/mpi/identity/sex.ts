import { textOf } from './loose-json.js';

export type Sex = 'male' | 'female' | 'unknown';

/** FHIR's code, or what other systems write in its place: GB/T 2261.1 (1 male, 2 female) and the words. */
const known: Readonly<Record<string, Sex>> = {
  male: 'male',
  female: 'female',
  m: 'male',
  f: 'female',
  '1': 'male',
  '2': 'female',
  男: 'male',
  女: 'female',
  男性: 'male',
  女性: 'female',
};

/** `other` is no evidence for or against, as is whatever is not known. */
export function readSex(value: unknown): Sex {
  const text = textOf(value).trim().toLowerCase();
  return Object.hasOwn(known, text) ? (known[text] ?? 'unknown') : 'unknown';
}
