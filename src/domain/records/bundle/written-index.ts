import { hash64 } from '../../../fhir/hash64.js';
import { toReference, type ResourceKey } from '../../../fhir/key.js';
import type { IndexEntry } from '../../../fhir/search/index-entry.js';
import { IndexReader } from '../../../fhir/search/index-codec.js';
import { indexResource } from '../../../fhir/search/index-resource.js';
import { matches } from '../../../fhir/search/match-index.js';
import type { EntryTest, SearchExpression } from '../../../fhir/search/search-expression.js';
import type { PreparedRecord } from '../../../ports/ingest.js';
import { tooCostly } from './limits.js';

/** A resource as a transaction leaves it. */
export type WrittenRecord = Pick<PreparedRecord, 'key' | 'stamp' | 'body' | 'index'>;

export interface WrittenCriteria {
  readonly type: string;
  readonly where: SearchExpression;
  /** Passed over. */
  readonly except?: ResourceKey;
}

/** The resources that a transaction is about to write, searched before they are stored. */
export interface WrittenIndex {
  /**
   * Up to two resources that satisfy the criteria, which is enough to tell one from several. Throws `too-large` when
   * all searches together would hold the main thread up.
   */
  find(criteria: WrittenCriteria): readonly ResourceKey[];
}

/** Index entries that all searches of one transaction may look at, about a fifth of a second. */
const mostComparisons = 20_000_000;

/** Tokens, references and uris are found by their hashes; other criteria look at every resource of the type. */
export function indexWritten(records: readonly WrittenRecord[]): WrittenIndex {
  const byType = groupBy(records, ({ key }) => key.type);
  const shelves = new Map<string, Shelf>();
  let leftComparisons = mostComparisons;

  function shelfOf(type: string): Shelf {
    const shelf = shelves.get(type) ?? createShelf(byType.get(type) ?? []);
    shelves.set(type, shelf);
    return shelf;
  }

  return {
    find({ type, where, except }) {
      const shelf = shelfOf(type);
      const excepted = except && toReference(except);
      const found: ResourceKey[] = [];
      for (const record of candidatesFor(shelf, where) ?? shelf.records) {
        if (toReference(record.key) === excepted) continue;
        const entries = shelf.entriesOf(record);
        leftComparisons -= comparisonsOf(where, entries.length);
        if (leftComparisons < 0)
          throw tooCostly('The criteria need too many comparisons: split the transaction');
        const { id, lastUpdated } = record.stamp;
        if (matches(where, entries, { id, lastUpdated })) found.push(record.key);
        if (found.length > 1) break;
      }
      return found;
    },
  };
}

function groupBy(
  records: Candidates,
  nameOf: (record: WrittenRecord) => string,
): ReadonlyMap<string, Candidates> {
  const groups = new Map<string, WrittenRecord[]>();
  for (const record of records) {
    const group = groups.get(nameOf(record));
    if (group) group.push(record);
    else groups.set(nameOf(record), [record]);
  }
  return groups;
}

type Candidates = readonly WrittenRecord[];

/** The written resources of one type. */
interface Shelf {
  readonly records: Candidates;
  entriesOf(record: WrittenRecord): readonly IndexEntry[];
  withId(id: string): Candidates;
  /** Those with an entry of the code whose value has the hash. */
  withHash(code: string, hash: bigint): Candidates;
}

function createShelf(records: Candidates): Shelf {
  const entries = new Map<WrittenRecord, readonly IndexEntry[]>();
  const hashes = new Map<string, ReadonlyMap<bigint, Candidates>>();
  let byId: ReadonlyMap<string, Candidates> | undefined;
  return {
    records,
    entriesOf(record) {
      const known = entries.get(record);
      if (known) return known;
      const value = JSON.parse(record.body) as Readonly<Record<string, unknown>>;
      const made = indexResource(record.key.type, value);
      entries.set(record, made);
      return made;
    },
    withId(id) {
      byId ??= groupBy(records, ({ key }) => key.id);
      return byId.get(id) ?? [];
    },
    withHash(code, hash) {
      const known = hashes.get(code) ?? hashesOf(records, code);
      hashes.set(code, known);
      return known.get(hash) ?? [];
    },
  };
}

function hashesOf(records: Candidates, code: string): ReadonlyMap<bigint, Candidates> {
  const found = new Map<bigint, WrittenRecord[]>();
  const reader = new IndexReader();
  for (const record of records) {
    reader.open(record.index);
    while (reader.next()) {
      if (reader.code !== code) continue;
      const hash = hashAt(reader);
      if (hash === undefined) continue;
      const same = found.get(hash);
      if (!same) found.set(hash, [record]);
      else if (same.at(-1) !== record) same.push(record);
    }
  }
  return found;
}

function hashAt(reader: IndexReader): bigint | undefined {
  if (reader.kind === 'token' || reader.kind === 'uri') return reader.valueHash;
  return reader.kind === 'reference' ? reader.targetHash : undefined;
}

/** The resources outside which nothing can satisfy the expression; undefined where hashes don't tell. */
function candidatesFor(shelf: Shelf, where: SearchExpression): Candidates | undefined {
  switch (where.kind) {
    case 'param': {
      const value = valueOf(where.test);
      return value === undefined ? undefined : shelf.withHash(where.code, hash64(value));
    }
    case 'id':
      return [...new Set(where.ids)].flatMap((id) => shelf.withId(id));
    case 'and': {
      const known = where.of.map((one) => candidatesFor(shelf, one)).filter((one) => one !== undefined);
      return known.sort((a, b) => a.length - b.length)[0];
    }
    case 'or': {
      const each = where.of.map((one) => candidatesFor(shelf, one));
      const known = each.filter((one) => one !== undefined);
      return known.length < each.length ? undefined : [...new Set(known.flat())];
    }
    default:
      return undefined;
  }
}

function valueOf(test: EntryTest): string | undefined {
  if (test.kind === 'token' || test.kind === 'uri') return test.value;
  return test.kind === 'reference' ? test.target : undefined;
}

/** A composite goes through the entries once for each element that it may stand in. */
function comparisonsOf(where: SearchExpression, entries: number): number {
  switch (where.kind) {
    case 'and':
    case 'or':
      return where.of.reduce((sum, one) => sum + comparisonsOf(one, entries), 0);
    case 'not':
      return comparisonsOf(where.of, entries);
    case 'composite':
      return entries * entries;
    case 'id':
      return where.ids.length;
    default:
      return entries + 1;
  }
}
