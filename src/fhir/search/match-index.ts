import type { DateEntry, IndexEntry } from './index-entry.js';
import type { Bound, EntryTest, SearchExpression, SortKey } from './search-expression.js';

/** What a search sees of a resource beside its index entries. */
export interface MatchedMeta {
  readonly id: string;
  /** ISO instant. */
  readonly lastUpdated: string;
}

export interface Sortable {
  readonly entries: readonly IndexEntry[];
  readonly meta: MatchedMeta;
  /** Place in the order of first arrivals. */
  readonly arrival: number;
}

/**
 * Whether a resource of the searched type satisfies the expression. It is the meaning of SearchExpression, written as
 * plainly as can be, and the oracle that every store adapter is held against.
 */
export function matches(
  expression: SearchExpression,
  entries: readonly IndexEntry[],
  meta: MatchedMeta,
): boolean {
  switch (expression.kind) {
    case 'and':
      return expression.of.every((one) => matches(one, entries, meta));
    case 'or':
      return expression.of.some((one) => matches(one, entries, meta));
    case 'not':
      return !matches(expression.of, entries, meta);
    case 'param':
      return entries.some((entry) => entry.code === expression.code && satisfies(entry, expression.test));
    case 'composite':
      return hasElement(entries, expression.code, expression.components);
    case 'missing':
      return !entries.some((entry) => entry.code === expression.code && entry.kind === expression.entryKind);
    case 'id':
      return expression.ids.includes(meta.id);
    case 'last-updated': {
      const instant = Date.parse(meta.lastUpdated);
      return within({ low: instant, high: instant }, expression.bounds);
    }
  }
}

/** Some ordinal has, for each component, an entry that satisfies it. */
function hasElement(entries: readonly IndexEntry[], code: string, components: readonly EntryTest[]): boolean {
  const ordinals = new Set(entries.map((entry) => entry.ordinal));
  return [...ordinals].some((ordinal) =>
    components.every((test, place) =>
      entries.some(
        (entry) =>
          entry.ordinal === ordinal &&
          entry.code === `${code}$${String(place + 1)}` &&
          satisfies(entry, test),
      ),
    ),
  );
}

function satisfies(entry: IndexEntry, test: EntryTest): boolean {
  switch (test.kind) {
    case 'string':
      return entry.kind === 'string' && satisfiesString(entry, test);
    case 'token':
      return (
        entry.kind === 'token' &&
        (test.system === undefined || entry.system === test.system) &&
        (test.value === undefined || entry.value === test.value)
      );
    case 'date':
    case 'number':
      return entry.kind === test.kind && within(entry, test.bounds);
    case 'quantity':
      return entry.kind === 'quantity' && within(entry, test.bounds) && hasUnit(entry, test);
    case 'reference':
      return entry.kind === 'reference' && entry.target === test.target;
    case 'uri':
      return entry.kind === 'uri' && entry.value === test.value;
  }
}

type Entry<K extends IndexEntry['kind']> = Extract<IndexEntry, { kind: K }>;
type Test<K extends EntryTest['kind']> = Extract<EntryTest, { kind: K }>;

function satisfiesString(entry: Entry<'string'>, test: Test<'string'>): boolean {
  switch (test.match) {
    case 'starts':
      return entry.folded.startsWith(test.folded);
    case 'contains':
      return entry.folded.includes(test.folded);
    case 'exact':
      return entry.folded === test.folded && entry.exact === test.exact;
  }
}

function hasUnit(entry: Entry<'quantity'>, { system, value }: Test<'quantity'>): boolean {
  if (system === undefined) return value === undefined || entry.value === value || entry.unit === value;
  return entry.system === system && (value === undefined || entry.value === value);
}

function within(entry: { readonly low: number; readonly high: number }, bounds: readonly Bound[]): boolean {
  return bounds.every(({ side, op, value }) => {
    switch (op) {
      case '<':
        return entry[side] < value;
      case '<=':
        return entry[side] <= value;
      case '>':
        return entry[side] > value;
      case '>=':
        return entry[side] >= value;
    }
  });
}

/**
 * Order of two matches, negative when `a` comes first. Resources without the key come last in both directions, equal
 * ones in the order of their first arrival.
 */
export function compareBySort(sort: SortKey, a: Sortable, b: Sortable): number {
  const left = keyOf(sort, a);
  const right = keyOf(sort, b);
  if (left === right) return a.arrival - b.arrival;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  return left < right === sort.descending ? 1 : -1;
}

/** Earliest begin of its dates, or latest end when descending; undefined when it has none. */
function keyOf(sort: SortKey, { entries, meta, arrival }: Sortable): number | string | undefined {
  switch (sort.by) {
    case 'first-arrival':
      return arrival;
    case 'id':
      return meta.id;
    case 'last-updated':
      return Date.parse(meta.lastUpdated);
    case 'date': {
      const dates = entries.filter(
        (entry): entry is DateEntry => entry.kind === 'date' && entry.code === sort.code,
      );
      if (dates.length === 0) return undefined;
      return sort.descending
        ? Math.max(...dates.map((entry) => entry.high))
        : Math.min(...dates.map((entry) => entry.low));
    }
  }
}
