import type { mongo } from 'mongoose';

import { toInstant } from '../../fhir/instant.js';
import { toReference } from '../../fhir/key.js';
import type { Change, ExceptionQuery, ExceptionRow } from '../../ports/store.js';
import type { ExceptionDoc } from './documents.js';
import type { Collections } from './schema.js';

export type ExceptionWrite = mongo.AnyBulkWriteOperation<ExceptionDoc>;

type Cleared = Extract<Change, { kind: 'clear-exception' }>;

/** A body once kept apart stays when the same version is named again without it. */
export function putException(
  { stream, key, versionId, kind, reason, hash, body }: Omit<ExceptionRow, 'at'>,
  { at, order }: { readonly at: number; readonly order: number },
): ExceptionWrite {
  const name = toReference(key);
  return {
    updateOne: {
      filter: { _id: [stream, name, String(versionId), kind].join('\n') },
      update: {
        $set: {
          reason,
          at,
          ...(hash === undefined ? {} : { hash }),
          ...(body === undefined ? {} : { body }),
        },
        $setOnInsert: { order, stream, key: name, type: key.type, id: key.id, n: versionId, kind },
      },
      upsert: true,
    },
  };
}

export const clearException = ({ stream, key, versionId, only }: Cleared): ExceptionWrite => ({
  deleteMany: {
    filter: { stream, key: toReference(key), n: versionId, ...(only === undefined ? {} : { kind: only }) },
  },
});

export const resolveForks = (key: string, versionId: number): ExceptionWrite => ({
  updateMany: {
    filter: { key, kind: 'fork' },
    update: { $set: { reason: `${resolved}${String(versionId)}` } },
  },
});

const resolved = 'resolved by version ';

/** Newest first. */
export async function readExceptions(
  { exceptions }: Collections,
  { stream, kind, key, limit }: ExceptionQuery,
): Promise<ExceptionRow[]> {
  const docs = await exceptions
    .find({
      ...(stream === undefined ? {} : { stream }),
      ...(kind === undefined ? {} : { kind }),
      ...(key === undefined ? {} : { key: toReference(key) }),
    })
    .sort({ order: -1 })
    .limit(limit)
    .toArray();
  return docs.map(({ stream: from, type, id, n, kind: what, reason, at, hash, body }) => ({
    stream: from,
    key: { type, id },
    versionId: n,
    kind: what,
    reason,
    at: toInstant(at),
    ...(hash === undefined ? {} : { hash }),
    ...(body === undefined ? {} : { body }),
  }));
}

const kinds: readonly ExceptionRow['kind'][] = ['refused', 'invalid', 'fork', 'gap', 'foreign-owner'];
const mostCounted = 10_000;

export async function countExceptions({
  exceptions,
}: Collections): Promise<Map<ExceptionRow['kind'], number>> {
  const counts = new Map<ExceptionRow['kind'], number>();
  for (const kind of kinds) {
    const open = kind === 'fork' ? { reason: { $not: { $regex: `^${resolved}` } } } : {};
    counts.set(kind, await exceptions.countDocuments({ kind, ...open }, { limit: mostCounted }));
  }
  return counts;
}
