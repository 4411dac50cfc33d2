import { foldText } from '../../src/fhir/search/fold-text.js';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';
import type { RandomSource } from './random-source.js';

/*
 * Words of the random cases: few of each, so that what is asked for is often there, among them the awkward ones (wild
 * cards of LIKE and GLOB, quotes, accents, characters beyond the first plane, ends of the number line).
 */
export const strings = [
  'Li',
  'lì ming',
  '李明',
  '李明明',
  'O’Hara',
  "100%_*?[a]'",
  '𠮷田',
  'LI',
  'ß',
  '\uffff',
];
export const systems = ['', 'http://loinc.org', 'urn:oid:2.16.156', 'http://loinc.org/'];
export const values = ['8480-6', '8480-6 ', 'A', 'a', 'mm[Hg]', 'true', '中', ''];
export const uris = ['http://a.cn/x', 'http://a.cn/X', 'urn:uuid:1', 'http://a.cn/x/'];
export const targets = ['Patient/1', 'Patient/2', 'Group/1', 'http://other.cn/fhir/Patient/1', ''];
export const numbers = [-1e9, -1.5, 0, 1, 1.1, 99.5, 100, 100.5, 1e12, Number.MAX_VALUE, -Number.MAX_VALUE];
export const moments = [
  -8.64e15,
  Date.UTC(1949, 9, 1),
  -1,
  0,
  1,
  Date.UTC(2026, 0, 1),
  Date.UTC(2026, 0, 2) - 1,
  8.64e15,
];

/** Entry codes with the kind that each one has. `parts` are components of the composites in `composites`. */
export const codes = {
  string: ['name', 'value-string'],
  token: ['code', 'category', 'subject:identifier'],
  date: ['date', 'issued'],
  number: ['probability'],
  quantity: ['value-quantity'],
  reference: ['subject', 'focus'],
  uri: ['_profile', '_source'],
} as const satisfies Readonly<Record<IndexEntry['kind'], readonly string[]>>;

export const composites = [
  { code: 'code-value-quantity', kinds: ['token', 'quantity'] },
  { code: 'code-value-date', kinds: ['token', 'date'] },
  { code: 'code-value-string', kinds: ['token', 'string'] },
  { code: 'relationship', kinds: ['reference', 'token'] },
] as const satisfies readonly { readonly code: string; readonly kinds: readonly IndexEntry['kind'][] }[];

const kinds = ['string', 'token', 'date', 'number', 'quantity', 'reference', 'uri'] as const;

/** Entries of one resource: grouped by code, without equals, dates flagged, as index-resource.ts makes them. */
export function randomEntries(random: RandomSource): IndexEntry[] {
  const plain = kinds.flatMap((kind) =>
    codes[kind].flatMap((code) => random.some(0, 3, () => randomEntry(random, { kind, code, ordinal: 0 }))),
  );
  const parts = composites.flatMap(({ code, kinds: of }) =>
    random
      .some(0, 2, (ordinal) =>
        of.map((kind, place) => randomEntry(random, { kind, code: `${code}$${String(place + 1)}`, ordinal })),
      )
      .flat(),
  );
  return flagDates(withoutEquals([...plain, ...parts]));
}

interface EntryPlace {
  readonly kind: IndexEntry['kind'];
  readonly code: string;
  readonly ordinal: number;
}

function randomEntry(random: RandomSource, { kind, code, ordinal }: EntryPlace): IndexEntry {
  const at = { code, ordinal };
  switch (kind) {
    case 'string': {
      const exact = random.pick(strings);
      return { ...at, kind, exact, folded: foldText(exact) };
    }
    case 'token':
      return { ...at, kind, system: random.pick(systems), value: random.pick(values) };
    case 'date':
      return { ...at, kind, ...randomSpan(random, moments), first: false, last: false };
    case 'number':
      return { ...at, kind, ...randomSpan(random, numbers) };
    case 'quantity': {
      const unit = { system: random.pick(systems), value: random.pick(values), unit: random.pick(values) };
      return { ...at, kind, ...randomSpan(random, numbers), ...unit };
    }
    case 'reference': {
      const target = random.pick(targets);
      return { ...at, kind, target, targetType: target.startsWith('Group') ? 'Group' : 'Patient' };
    }
    case 'uri':
      return { ...at, kind, value: random.pick(uris) };
  }
}

/** Half of them points. */
function randomSpan(random: RandomSource, from: readonly number[]): { low: number; high: number } {
  const one = random.pick(from);
  const other = random.once(2) ? one : random.pick(from);
  return { low: Math.min(one, other), high: Math.max(one, other) };
}

function withoutEquals(entries: readonly IndexEntry[]): IndexEntry[] {
  const byText = new Map(entries.map((entry) => [JSON.stringify(entry), entry]));
  return [...byText.values()];
}

function flagDates(entries: readonly IndexEntry[]): IndexEntry[] {
  return entries.map((entry) => {
    if (entry.kind !== 'date') return entry;
    const dates = entries.filter(
      (other) => other.kind === 'date' && other.code === entry.code,
    ) as (typeof entry)[];
    const lowest = Math.min(...dates.map((date) => date.low));
    const highest = Math.max(...dates.map((date) => date.high));
    return {
      ...entry,
      first: dates.find((date) => date.low === lowest) === entry,
      last: dates.find((date) => date.high === highest) === entry,
    };
  });
}
