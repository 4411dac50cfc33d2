import type { LogPage, LogRequest, Position } from '../../ports/store.js';
import type { VersionDoc } from './documents.js';
import { lastOf, readMeta } from './positions.js';
import type { Collections } from './schema.js';
import { toStored } from './versions.js';

/**
 * Versions of a lane. Commits follow each other (commit.ts), so that everything up to the sequence that the meta
 * document names is there.
 */
export async function readLog(collections: Collections, request: LogRequest): Promise<LogPage> {
  const { lane, after, limit, maxBytes } = request;
  const last = lastOf(await readMeta(collections));
  const cursor = collections.versions
    .find({ lane, _id: { $gt: after, $lte: last.sequence } })
    .sort({ lane: 1, _id: 1 })
    .limit(limit);
  const docs: VersionDoc[] = [];
  let bytes = 0;
  let cut = false;
  for await (const doc of cursor) {
    bytes += Buffer.byteLength(doc.body);
    cut = docs.length > 0 && bytes > maxBytes;
    if (cut) break;
    docs.push(doc);
  }
  const entries = docs.map((doc) => ({ ...toStored(doc), position: positionOf(doc, last) }));
  const end = docs.at(-1);
  return { entries, upTo: end && (cut || docs.length === limit) ? positionOf(end, last) : last };
}

const positionOf = ({ _id, hash }: VersionDoc, { incarnation }: Position): Position => ({
  incarnation,
  sequence: _id,
  hash,
});
