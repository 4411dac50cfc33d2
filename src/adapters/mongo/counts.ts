import { dayNumber, dayText } from '../../fhir/instant.js';
import type { CountQuery, CountRow, CountSeries } from '../../ports/store.js';
import type { CountDoc } from './documents.js';
import type { Collections } from './schema.js';

/** Sums of one group, written once in its transaction. */
export type CountSums = Map<string, CountDoc>;

export function addCount(sums: CountSums, { series, day, type, source, peer, n, bytes }: CountRow): void {
  const _id = [series, day, type, source, peer].join('\n');
  const sum = sums.get(_id);
  const before = sum ?? { _id, series, day: dayNumber(day), type, source, peer, n: 0, bytes: 0 };
  sums.set(_id, { ...before, n: before.n + n, bytes: before.bytes + bytes });
}

export const countUpsert = ({ _id, n, bytes, ...names }: CountDoc) => ({
  updateOne: { filter: { _id }, update: { $inc: { n, bytes }, $setOnInsert: names }, upsert: true },
});

export async function readCounts({ counts }: Collections, query: CountQuery): Promise<CountRow[]> {
  const day = {
    ...(query.from === undefined ? {} : { $gte: dayNumber(query.from) }),
    ...(query.to === undefined ? {} : { $lte: dayNumber(query.to) }),
  };
  const docs = await counts
    .find({
      ...(query.series === undefined ? {} : { series: query.series }),
      ...(Object.keys(day).length === 0 ? {} : { day }),
    })
    .sort({ series: 1, day: 1, type: 1, source: 1, peer: 1 })
    .toArray();
  return docs.map(({ series, day: number, type, source, peer, n, bytes }) => ({
    series: series as CountSeries,
    day: dayText(number),
    type,
    source,
    peer,
    n,
    bytes,
  }));
}
