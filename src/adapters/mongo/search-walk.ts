import type { PagePlace } from '../../fhir/page-cursor.js';
import type { DateDoc } from './documents.js';
import { paramOf, presenceKey } from './index-keys.js';
import { byArrival, byHigh, byId, byLow, byUpdate, byUpdateDown, type Collections } from './schema.js';
import type { Asked, Found, Wanted } from './search-asked.js';
import type { Condition } from './search-predicate.js';

interface Along extends Wanted {
  readonly along: { readonly filter: Condition; readonly index: Readonly<Record<string, 1 | -1>> };
}

/** Along an index whose order is that of first arrival. */
export async function alongArrival(
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

/** Along the sort key, through all of the type. */
export async function alongSortKey(collections: Collections, asked: Asked, wanted: Wanted): Promise<Found[]> {
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
