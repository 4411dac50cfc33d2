import { fhirError, type FhirError } from './fhir-error.js';
import { hash64 } from './hash64.js';

/** So many bytes of bodies a page has room for (or UTF-16 units, where that costs less to know); it always has one. */
export const pageBytes = 32 * 1024 * 1024;

/** The place after which a page goes on: the last row's sort value, null where it has none, and its number. */
export interface PagePlace {
  readonly value: string | number | null;
  readonly row: number;
}

/** `order` names what the pages are of and how they are sorted: a cursor of another order is refused. */
export function encodeCursor(order: string, { value, row }: PagePlace): string {
  const content = JSON.stringify([value, row]);
  return Buffer.from(JSON.stringify([value, row, checkOf(order, content)])).toString('base64url');
}

/** Throws FhirError `malformed` for any text that encodeCursor did not make for this order. */
export function decodeCursor(order: string, cursor: string): PagePlace {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    throw refusal();
  }
  if (!Array.isArray(parsed)) throw refusal();
  const [value, row, check] = parsed as unknown[];
  if (!isValue(value) || typeof row !== 'number' || !Number.isSafeInteger(row)) throw refusal();
  if (check !== checkOf(order, JSON.stringify([value, row]))) throw refusal();
  return { value, row };
}

const isValue = (value: unknown): value is PagePlace['value'] =>
  value === null || typeof value === 'string' || typeof value === 'number';

const checkOf = (order: string, content: string): string =>
  BigInt.asUintN(32, hash64(`${order}\n${content}`)).toString(36);

const refusal = (): FhirError =>
  fhirError('malformed', 'invalid', 'The page cursor is none of this search: start again at the first page');
