import type { PagePlace } from '../../fhir/page-cursor.js';
import type { SortKey } from '../../fhir/search/search-expression.js';
import { afterEnds, endKey, paramOf, rangeParam } from './index-keys.js';
import { byId, byKey, type Collections } from './schema.js';
import type { Asked, Found, Wanted } from './search-asked.js';
import { equalityKey, stringPattern, type Condition } from './search-predicate.js';

/** Up to so many are collected and put into order here. */
const fewRows = 1_000;

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
export async function collectFew({ resources }: Collections, asked: Asked): Promise<Found[] | undefined> {
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

/** Put into order, from a place on. */
export function afterPlace(found: readonly Found[], sort: SortKey, { after, limit }: Wanted): Found[] {
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
