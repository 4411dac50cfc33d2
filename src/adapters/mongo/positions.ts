import type { mongo } from 'mongoose';

import { toInstant } from '../../fhir/instant.js';
import type { OnceRecord, Position, StoreStatus } from '../../ports/store.js';
import type { CursorDoc, MetaDoc, OnceDoc } from './documents.js';
import type { Collections } from './schema.js';

export async function readMeta({ meta }: Collections, session?: mongo.ClientSession): Promise<MetaDoc> {
  const doc = await meta.findOne({ _id: 'store' }, session ? { session } : {});
  if (!doc) throw new Error('the store has no meta document: prepare it first');
  return doc;
}

export const statusOf = ({ schema, incarnation, lineage, state, lastSequence }: MetaDoc): StoreStatus => ({
  schema,
  incarnation,
  lineage,
  state,
  lastSequence,
});

export const lastOf = ({ incarnation, lastSequence, lastHash }: MetaDoc): Position => ({
  incarnation,
  sequence: lastSequence,
  hash: lastHash,
});

export async function positionAt(collections: Collections, sequence: number): Promise<Position | undefined> {
  const { incarnation } = await readMeta(collections);
  if (sequence === 0) return { incarnation, sequence, hash: '' };
  const doc = await collections.versions.findOne({ _id: sequence }, { projection: { hash: 1 } });
  return doc ? { incarnation, sequence, hash: doc.hash } : undefined;
}

export const toPosition = ({ incarnation, sequence, hash }: CursorDoc): Position => ({
  incarnation,
  sequence,
  hash,
});

export const onceId = (principal: string, requestId: string): string => `${principal}\n${requestId}`;

export const toOnce = ({ principal, requestId, digest, at, outcomes }: OnceDoc): OnceRecord => ({
  principal,
  requestId,
  digest,
  at: toInstant(at),
  outcomes,
});
