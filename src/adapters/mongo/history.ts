import { toMs } from '../../fhir/instant.js';
import { toReference } from '../../fhir/key.js';
import { decodeCursor, encodeCursor, pageBytes } from '../../fhir/page-cursor.js';
import type { HistoryPage, HistoryResult, HistoryScope } from '../../ports/store.js';
import type { VersionDoc } from './documents.js';
import { readMeta } from './positions.js';
import type { Collections } from './schema.js';
import { toStored } from './versions.js';

/** Newest arrival first; a page goes on below a sequence. */
export async function readHistory(
  collections: Collections,
  scope: HistoryScope,
  page: HistoryPage,
): Promise<HistoryResult> {
  const { versions } = collections;
  const order = JSON.stringify(scope);
  const { lastSequence } = await readMeta(collections);
  const below = page.cursor === undefined ? lastSequence + 1 : decodeCursor(order, page.cursor).row;
  const from = page.since === undefined ? 1 : await firstSince(versions, toMs(page.since), lastSequence);
  const where = scopeOf(scope);
  const found = versions
    .find({ ...where, _id: { $gte: from, $lt: below } })
    .sort({ _id: -1 })
    .limit(page.limit + 1);
  const shown: VersionDoc[] = [];
  let size = 0;
  let more = false;
  for await (const doc of found) {
    size += doc.body.length;
    more = shown.length === page.limit || (shown.length > 0 && size > pageBytes);
    if (more) break;
    shown.push(doc);
  }
  const end = shown.at(-1);
  return {
    versions: shown.map(toStored),
    ...(end && more ? { nextCursor: encodeCursor(order, { value: null, row: end._id }) } : {}),
    // Sequences have no gaps: the whole log needs no counting.
    total:
      scope.kind === 'system'
        ? lastSequence - from + 1
        : await versions.countDocuments({ ...where, _id: { $gte: from, $lte: lastSequence } }),
  };
}

function scopeOf(scope: HistoryScope): { readonly key?: string; readonly type?: string } {
  switch (scope.kind) {
    case 'instance':
      return { key: toReference(scope.key) };
    case 'type':
      return { type: scope.type };
    case 'system':
      return {};
  }
}

/** The first sequence that arrived at or after an instant: arrival never decreases along the log. */
async function firstSince(versions: Collections['versions'], sinceMs: number, last: number): Promise<number> {
  const [doc] = await versions
    .find({ arrived: { $gte: sinceMs } }, { projection: { _id: 1 } })
    .sort({ arrived: 1, _id: 1 })
    .limit(1)
    .toArray();
  return doc?._id ?? last + 1;
}
