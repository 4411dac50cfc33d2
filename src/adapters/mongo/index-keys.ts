import { hash64 } from '../../fhir/hash64.js';
import { IndexReader, stringLimit } from '../../fhir/search/index-codec.js';
import type { IndexKind } from '../../fhir/search/index-entry.js';
import type { DateDoc, ElementDoc, RangeDoc } from './documents.js';

/*
 * The texts in a resource's array `k`, all in one index. Each begins with its parameter: hash64 of type and code, base
 * 36, and a letter for the kind.
 *
 *   ?kind                  the resource has entries of that parameter and kind
 *   t=value  t|system      token, by value, by system alone,
 *   t=value|system         and by both (hashes)
 *   r=target  u=value      reference, uri (hashes)
 *   s folded               string, as text, for prefixes
 *   e=folded and exact     string, exactly (hash)
 *   L or H, then an end    date (d), number (n) and quantity (q): the ends, in the order of their numbers
 */

export interface IndexedFields {
  readonly k: readonly string[];
  readonly r: readonly RangeDoc[];
  readonly c: readonly ElementDoc[];
  readonly dates: readonly Omit<DateDoc, '_id' | 'rid'>[];
}

export const kindLetters: Readonly<Record<IndexKind, string>> = {
  string: 's',
  token: 't',
  date: 'd',
  number: 'n',
  quantity: 'q',
  reference: 'r',
  uri: 'u',
};

const params = new Map<string, string>();
const mostParams = 50_000;

export function paramOf(type: string, code: string): string {
  const name = `${type}\n${code}`;
  const known = params.get(name);
  if (known !== undefined) return known;
  if (params.size >= mostParams) params.clear();
  const made = shortHash(name);
  params.set(name, made);
  return made;
}

const digits = (hash: bigint): string => BigInt.asUintN(64, hash).toString(36);
export const shortHash = (text: string): string => digits(hash64(text));

export const presenceKey = (param: string, kind: IndexKind): string => `${param}?${kindLetters[kind]}`;
export const tokenKey = (param: string, value: string, system?: string): string =>
  `${param}t=${value}${system === undefined ? '' : `|${system}`}`;
export const tokenSystemKey = (param: string, system: string): string => `${param}t|${system}`;
export const referenceKey = (param: string, target: string): string => `${param}r=${target}`;
export const uriKey = (param: string, value: string): string => `${param}u=${value}`;
export const stringKey = (param: string, folded: string): string => `${param}s${folded}`;
export const exactKey = (param: string, folded: string, exact: string): string =>
  `${param}e=${shortHash(`${folded.slice(0, stringLimit)}\n${exact.slice(0, stringLimit)}`)}`;
export const rangeParam = (param: string, kind: 'date' | 'number' | 'quantity'): string =>
  `${param}${kindLetters[kind]}`;
export const endKey = (range: string, side: 'low' | 'high', value: number): string =>
  `${range}${side === 'low' ? 'L' : 'H'}${sortable(value)}`;
/** After all ends of one side. */
export const afterEnds = (range: string, side: 'low' | 'high'): string =>
  `${range}${side === 'low' ? 'M' : 'I'}`;

const scratch = new DataView(new ArrayBuffer(8));

/** Sixteen digits whose order is that of the numbers. */
export function sortable(value: number): string {
  // Minus nought is nought.
  scratch.setFloat64(0, value + 0);
  const bits = scratch.getBigUint64(0);
  const ordered = bits >> 63n === 1n ? ~bits : bits | (1n << 63n);
  return BigInt.asUintN(64, ordered).toString(16).padStart(16, '0');
}

interface Bag {
  readonly k: Set<string>;
  readonly r: RangeDoc[];
}

const reader = new IndexReader();

/** What a resource is found by, from its encoded entries. */
export function indexedFields(type: string, encoded: Uint8Array): IndexedFields {
  reader.open(encoded);
  const whole: Bag = { k: new Set(), r: [] };
  const elements = new Map<string, Bag & { readonly p: string }>();
  const dates = new Map<string, { p: string; low: number; high: number }>();
  while (reader.next()) {
    const { code } = reader;
    const param = paramOf(type, code);
    const dollar = code.indexOf('$');
    if (dollar > 0) {
      const p = paramOf(type, code.slice(0, dollar));
      const name = `${p}${String(reader.ordinal)}`;
      let element = elements.get(name);
      if (!element) elements.set(name, (element = { p, k: new Set(), r: [] }));
      addEntry(element, param);
      continue;
    }
    addEntry(whole, param);
    if (reader.kind === 'date') addDate(dates, param);
  }
  return {
    k: [...whole.k],
    r: whole.r,
    c: [...elements.values()].map(({ p, k, r }) => ({ p, k: [...k], r })),
    dates: [...dates.values()],
  };
}

function addDate(dates: Map<string, { p: string; low: number; high: number }>, param: string): void {
  const { low, high } = reader;
  const known = dates.get(param);
  if (!known) dates.set(param, { p: param, low, high });
  else {
    known.low = Math.min(known.low, low);
    known.high = Math.max(known.high, high);
  }
}

function addEntry({ k, r }: Bag, param: string): void {
  k.add(presenceKey(param, reader.kind));
  switch (reader.kind) {
    case 'token': {
      const [value, system] = [digits(reader.valueHash), digits(reader.systemHash)];
      k.add(tokenKey(param, value));
      k.add(tokenSystemKey(param, system));
      k.add(tokenKey(param, value, system));
      return;
    }
    case 'reference':
      k.add(referenceKey(param, digits(reader.targetHash)));
      return;
    case 'uri':
      k.add(uriKey(param, digits(reader.valueHash)));
      return;
    case 'string':
      k.add(stringKey(param, reader.folded));
      k.add(exactKey(param, reader.folded, reader.exact));
      return;
    case 'date':
    case 'number':
    case 'quantity': {
      const p = rangeParam(param, reader.kind);
      const { low: l, high: h } = reader;
      k.add(endKey(p, 'low', l));
      k.add(endKey(p, 'high', h));
      r.push(reader.kind === 'quantity' ? { p, l, h, ...units() } : { p, l, h });
    }
  }
}

const units = (): Pick<RangeDoc, 's' | 'v' | 'w'> => ({
  s: digits(reader.systemHash),
  v: digits(reader.valueHash),
  w: [digits(reader.valueHash), digits(reader.unitHash)],
});
