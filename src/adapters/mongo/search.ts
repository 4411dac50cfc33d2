import type { mongo } from 'mongoose';

import { decodeCursor, encodeCursor, type PagePlace } from '../../fhir/page-cursor.js';
import type { SearchExpression, SearchQuery, SortKey } from '../../fhir/search/search-expression.js';
import type { SearchResult } from '../../ports/store.js';
import type { DateDoc } from './documents.js';
import { equalityKey, predicate, stringPattern, type Condition } from './search-predicate.js';
import { afterEnds, endKey, paramOf, presenceKey, rangeParam } from './index-keys.js';
import { byArrival, byHigh, byId, byKey, byLow, byUpdate, byUpdateDown, type Collections } from './schema.js';

/*
 * A page is read along an index in its own order: along one key of the search where it asks for one and the order is
 * that of arrival; else, where some condition leaves few resources, these are collected and put into order here; else
 * along the sort key through all of the type. The server never sorts.
 */

/** A match before its body is read. */
interface Found {
  readonly rid: number;
  readonly id: string;
  readonly seq: number;
  readonly value: PagePlace['value'];
}

interface Asked {
  readonly query: SearchQuery;
  /** All that a match must satisfy. */
  readonly filter: Condition;
  readonly terms: readonly SearchExpression[];
  readonly session: mongo.ClientSession | undefined;
}

/** So many bytes of bodies a page may have (UTF-16 units); it always has one. */
export const pageBytes = 32 * 1024 * 1024;
/** Up to so many are collected and put into order here. */
const fewRows = 1_000;

export async function search(collections: Collections, query: SearchQuery): Promise<SearchResult> {
  const asked = askedOf(query, undefined);
  const { asked: name = JSON.stringify(query.where) } = query;
  const order = `${query.type} ${JSON.stringify(query.sort)} ${name}`;
  const after = query.cursor === undefined ? undefined : decodeCursor(order, query.cursor);
  const found =
    query.limit === 0 ? [] : await findMatches(collections, asked, { after, limit: query.limit + 1 });
  const bodies = await bodiesOf(collections, found.slice(0, query.limit));
  const page = found.slice(0, bodies.length);
  const last = page.at(-1);
  return {
    matches: page.map(({ id }, place) => ({ key: { type: query.type, id }, body: bodies[place] ?? '' })),
    ...(last && found.length > page.length
      ? { nextCursor: encodeCursor(order, { value: last.value, row: last.rid }) }
      : {}),
    ...(query.total === 'none' ? {} : { total: await collections.resources.countDocuments(asked.filter) }),
  };
}

/** Ids of the first `limit` matches, as a transaction sees them. */
export async function matchingIds(
  collections: Collections,
  query: SearchQuery,
  page: { readonly limit: number; readonly session: mongo.ClientSession },
): Promise<string[]> {
  const asked = askedOf(query, page.session);
  const found = await findMatches(collections, asked, { after: undefined, limit: page.limit });
  return found.map(({ id }) => id);
}

function askedOf(query: SearchQuery, session: mongo.ClientSession | undefined): Asked {
  const terms = query.where.kind === 'and' ? query.where.of : [query.where];
  const filter: Condition = {
    $and: [{ type: query.type, deleted: false }, ...terms.map((term) => predicate(term, query.type))],
  };
  return { query, filter, terms, session };
}

/** So many bodies are asked for at a time: at most 310 MB, since none is larger than a document. */
const bodyBatch = 20;

/** Bodies of the page, as many as there is room for, one at least. */
async function bodiesOf({ versions }: Collections, page: readonly Found[]): Promise<string[]> {
  const bodies: string[] = [];
  let size = 0;
  for (let from = 0; from < page.length; from += bodyBatch) {
    const seqs = page.slice(from, from + bodyBatch).map(({ seq }) => seq);
    const docs = await versions.find({ _id: { $in: seqs } }, { projection: { body: 1 } }).toArray();
    const bySeq = new Map(docs.map(({ _id, body }) => [_id, body]));
    for (const seq of seqs) {
      const body = bySeq.get(seq) ?? '';
      size += body.length;
      if (size > pageBytes && bodies.length > 0) return bodies;
      bodies.push(body);
    }
  }
  return bodies;
}

interface Wanted {
  readonly after: PagePlace | undefined;
  readonly limit: number;
}

async function findMatches(collections: Collections, asked: Asked, wanted: Wanted): Promise<Found[]> {
  const { query, terms } = asked;
  const key = keyOf(terms, query.type);
  if (key !== undefined && query.sort.by === 'first-arrival') {
    return alongArrival(collections, asked, { ...wanted, along: { filter: { k: key }, index: byKey } });
  }
  const few = await collectFew(collections, asked);
  if (few) return afterPlace(few, query.sort, wanted);
  return alongSortKey(collections, asked, wanted);
}

/** A text of `k` that all matches have. */
function keyOf(terms: readonly SearchExpression[], type: string): string | undefined {
  for (const term of terms) {
    const key = term.kind === 'param' ? equalityKey(paramOf(type, term.code), term.test) : undefined;
    if (key !== undefined) return key;
  }
  return undefined;
}

/** Conditions that an index can follow, each satisfied by all matches. */
function sourcesOf({ terms, query }: Asked): Condition[] {
  return terms.flatMap((term): Condition[] => {
    if (term.kind === 'id') return [{ type: query.type, deleted: false, id: { $in: [...term.ids] } }];
    if (term.kind !== 'param') return [];
    const { code, test } = term;
    const param = paramOf(query.type, code);
    const key = equalityKey(param, test);
    if (key !== undefined) return [{ k: key }];
    if (test.kind === 'string') return test.match === 'starts' ? [{ k: stringPattern(param, test) }] : [];
    if (test.kind !== 'date' && test.kind !== 'number' && test.kind !== 'quantity') return [];
    const range = rangeParam(param, test.kind);
    return (['low', 'high'] as const).flatMap((side): Condition[] => {
      const bounds = test.bounds.filter((bound) => bound.side === side);
      if (bounds.length === 0) return [];
      const least = bounds.filter(({ op }) => op === '>' || op === '>=').map(({ value }) => value);
      const most = bounds.filter(({ op }) => op === '<' || op === '<=').map(({ value }) => value);
      const from = endKey(range, side, Math.max(-Infinity, ...least));
      const to = most.length === 0 ? afterEnds(range, side) : endKey(range, side, Math.min(...most));
      const between: Condition = { k: { $elemMatch: { $gte: from, $lte: to } } };
      return [between];
    });
  });
}

/** All matches where one source has few; undefined else. */
async function collectFew({ resources }: Collections, asked: Asked): Promise<Found[] | undefined> {
  const { query, filter, session } = asked;
  const options = session ? { session } : {};
  for (const source of sourcesOf(asked)) {
    const hint = 'id' in source ? byId : byKey;
    const rows = await resources
      .find(source, { ...options, hint, limit: fewRows + 1, projection: { _id: 1 } })
      .toArray();
    if (rows.length > fewRows) continue;
    const rids = [...new Set(rows.map(({ _id }) => _id))];
    const date =
      query.sort.by === 'date' ? rangeParam(paramOf(query.type, query.sort.code), 'date') : undefined;
    const docs = await resources
      .find({ $and: [{ _id: { $in: rids } }, filter] }, { ...options, projection: projectionOf(date) })
      .toArray();
    return docs.map(({ _id, id, seq, updated, r = [] }) => {
      const dates = r.filter(({ p }) => p === date);
      return { rid: _id, id, seq, value: valueOf(query.sort, { id, updated, dates }) };
    });
  }
  return undefined;
}

const projectionOf = (date: string | undefined) => ({
  id: 1,
  seq: 1,
  updated: 1,
  ...(date === undefined ? {} : { r: 1 }),
});

function valueOf(
  sort: SortKey,
  fields: {
    readonly id: string;
    readonly updated: number;
    readonly dates: readonly { readonly l: number; readonly h: number }[];
  },
): PagePlace['value'] {
  switch (sort.by) {
    case 'first-arrival':
      return null;
    case 'id':
      return fields.id;
    case 'last-updated':
      return fields.updated;
    case 'date':
      if (fields.dates.length === 0) return null;
      return sort.descending
        ? Math.max(...fields.dates.map(({ h }) => h))
        : Math.min(...fields.dates.map(({ l }) => l));
  }
}

function afterPlace(found: readonly Found[], sort: SortKey, { after, limit }: Wanted): Found[] {
  const order = (a: PagePlace, b: PagePlace): number => {
    if (a.value === b.value)
      return sort.by === 'first-arrival' && sort.descending ? b.row - a.row : a.row - b.row;
    if (a.value === null) return 1;
    if (b.value === null) return -1;
    return a.value < b.value === sort.descending ? 1 : -1;
  };
  const place = ({ rid, value }: Found): PagePlace => ({ row: rid, value });
  return [...found]
    .sort((a, b) => order(place(a), place(b)))
    .filter((one) => after === undefined || order(place(one), after) > 0)
    .slice(0, limit);
}

interface Along extends Wanted {
  readonly along: { readonly filter: Condition; readonly index: Readonly<Record<string, 1 | -1>> };
}

async function alongArrival(
  { resources }: Collections,
  { query, filter, session }: Asked,
  { after, limit, along }: Along,
): Promise<Found[]> {
  const { descending } = query.sort;
  const beyond: Condition = after ? { _id: { [descending ? '$lt' : '$gt']: after.row } } : {};
  const docs = await resources
    .find(
      { $and: [along.filter, beyond, filter] },
      { ...(session ? { session } : {}), projection: { id: 1, seq: 1 } },
    )
    .sort({ _id: descending ? -1 : 1 })
    .hint(along.index)
    .limit(limit)
    .toArray();
  return docs.map(({ _id, id, seq }) => ({ rid: _id, id, seq, value: null }));
}

async function alongSortKey(collections: Collections, asked: Asked, wanted: Wanted): Promise<Found[]> {
  const { sort } = asked.query;
  switch (sort.by) {
    case 'first-arrival':
      return alongArrival(collections, asked, { ...wanted, along: { filter: {}, index: byArrival } });
    case 'id':
      return alongField(collections, asked, { ...wanted, field: 'id', index: byId });
    case 'last-updated': {
      const index = sort.descending ? byUpdateDown : byUpdate;
      return alongField(collections, asked, { ...wanted, field: 'updated', index });
    }
    case 'date':
      return alongDates(collections, asked, { ...wanted, code: sort.code });
  }
}

async function alongField(
  { resources }: Collections,
  { query, filter, session }: Asked,
  {
    after,
    limit,
    field,
    index,
  }: Wanted & { readonly field: 'id' | 'updated'; readonly index: Readonly<Record<string, 1 | -1>> },
): Promise<Found[]> {
  const { descending } = query.sort;
  const operator = descending ? '$lt' : '$gt';
  const beyond = after
    ? { $or: [{ [field]: { [operator]: after.value } }, { [field]: after.value, _id: { $gt: after.row } }] }
    : {};
  const docs = await resources
    .find(
      { $and: [beyond as Condition, filter] },
      { ...(session ? { session } : {}), projection: { id: 1, seq: 1, updated: 1 } },
    )
    .sort({ [field]: descending ? -1 : 1, ...(field === 'id' ? {} : { _id: 1 }) })
    .hint(index)
    .limit(limit)
    .toArray();
  return docs.map((doc) => ({ rid: doc._id, id: doc.id, seq: doc.seq, value: doc[field] }));
}

/** First the resources that have the date, along `dates`; then, in the order of arrival, those that don't. */
async function alongDates(
  collections: Collections,
  asked: Asked,
  { after, limit, code }: Wanted & { readonly code: string },
): Promise<Found[]> {
  const { query } = asked;
  const param = paramOf(query.type, code);
  const found: Found[] = [];
  let place = after;
  while (place?.value !== null && found.length < limit) {
    const batch = await dateBatch(collections, { asked, param, after: place, limit });
    found.push(...(await matchesAmong(collections, asked, batch)));
    const last = batch.at(-1);
    if (!last || batch.length < limit) {
      place = { value: null, row: 0 };
      break;
    }
    place = { value: query.sort.descending ? last.high : last.low, row: last.rid };
  }
  if (found.length >= limit) return found.slice(0, limit);
  const without = { k: { $ne: presenceKey(param, 'date') } } as Condition;
  const rest = await alongArrival(
    collections,
    { ...asked, query: { ...query, sort: { by: 'first-arrival', descending: false } } },
    {
      after: after?.value === null ? after : undefined,
      limit: limit - found.length,
      along: { filter: without, index: byArrival },
    },
  );
  return [...found, ...rest];
}

function dateBatch(
  { dates }: Collections,
  {
    asked,
    param,
    after,
    limit,
  }: {
    readonly asked: Asked;
    readonly param: string;
    readonly after: PagePlace | undefined;
    readonly limit: number;
  },
): Promise<DateDoc[]> {
  const { descending } = asked.query.sort;
  const field = descending ? 'high' : 'low';
  const beyond = after
    ? {
        $or: [
          { [field]: { [descending ? '$lt' : '$gt']: after.value } },
          { [field]: after.value, rid: { $gt: after.row } },
        ],
      }
    : {};
  return dates
    .find({ p: param, ...beyond }, asked.session ? { session: asked.session } : {})
    .sort(descending ? { high: -1, rid: 1 } : { low: 1, rid: 1 })
    .hint(descending ? byHigh : byLow)
    .limit(limit)
    .toArray();
}

async function matchesAmong(
  { resources }: Collections,
  { query, filter, session }: Asked,
  batch: readonly DateDoc[],
): Promise<Found[]> {
  const docs = await resources
    .find(
      { $and: [{ _id: { $in: batch.map(({ rid }) => rid) } }, filter] },
      { ...(session ? { session } : {}), projection: { id: 1, seq: 1 } },
    )
    .toArray();
  const byRid = new Map(docs.map((doc) => [doc._id, doc]));
  return batch.flatMap(({ rid, low, high }) => {
    const doc = byRid.get(rid);
    return doc ? [{ rid, id: doc.id, seq: doc.seq, value: query.sort.descending ? high : low }] : [];
  });
}
