import type { mongo } from 'mongoose';

import { decodeCursor, encodeCursor, pageBytes } from '../../fhir/page-cursor.js';
import type { SearchExpression, SearchQuery } from '../../fhir/search/search-expression.js';
import type { SearchResult } from '../../ports/store.js';
import { paramOf } from './index-keys.js';
import { byKey, type Collections } from './schema.js';
import type { Asked, Found, Wanted } from './search-asked.js';
import { afterPlace, collectFew } from './search-few.js';
import { equalityKey, predicate, type Condition } from './search-predicate.js';
import { alongArrival, alongSortKey } from './search-walk.js';

/*
 * A page is read along an index in its own order: along one key of the search where it asks for one and the order is
 * that of arrival; else, where some condition leaves few resources, these are collected and put into order here; else
 * along the sort key through all of the type. The server never sorts.
 */

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
