import { deleteHash } from '../../fhir/delete-hash.js';

import type { ResourceKey } from '../../fhir/key.js';
import { laneOf } from '../../fhir/lane.js';
import type { PreparedRecord, Stamp } from '../../ports/ingest.js';
import type { Change, DeleteChange, Origin, PutChange, StoredVersion } from '../../ports/store.js';
import type { RecordDeps, WriteAnswer, WriteContext } from './record-deps.js';

/**
 * The stamp of the version after `current`: numbered above it and above what is kept apart with a fork of it, which this
 * version then resolves everywhere; its instant is later than the current one's.
 */
export function nextStamp(
  deps: Pick<RecordDeps, 'clock'>,
  id: string,
  current: StoredVersion | undefined,
): Stamp {
  const nowMs = deps.clock.now();
  if (!current) return { id, versionId: 1, lastUpdated: new Date(nowMs).toISOString() };
  const afterMs = Math.max(nowMs, Date.parse(current.lastUpdated) + 1);
  const versionId = Math.max(current.versionId, current.keptApart ?? 0) + 1;
  return { id, versionId, lastUpdated: new Date(afterMs).toISOString() };
}

export function putChange(
  deps: RecordDeps,
  context: WriteContext,
  put: { readonly record: PreparedRecord; readonly current: StoredVersion | undefined },
): PutChange {
  const { record, current } = put;
  return {
    kind: 'put',
    key: record.key,
    expect: current ? current.versionId : 'never',
    versionId: record.stamp.versionId,
    lastUpdated: record.stamp.lastUpdated,
    body: record.body,
    hash: record.hash,
    index: record.index,
    origin: originOf(deps, context, record.key.type),
    routing: record.routing,
  };
}

/** A version without a body; routing is copied, so that policy sends the delete wherever the record went. */
export function deleteChange(deps: RecordDeps, context: WriteContext, current: StoredVersion): DeleteChange {
  const { key } = current;
  const { versionId, lastUpdated } = nextStamp(deps, key.id, current);
  return {
    kind: 'delete',
    key,
    expect: current.versionId,
    versionId,
    lastUpdated,
    hash: deleteHash({ key, versionId, lastUpdated }),
    origin: originOf(deps, context, key.type),
    routing: current.routing,
  };
}

/** The audit row of a write, for the same commit. */
export function auditChange(deps: RecordDeps, context: WriteContext, answer: WriteAnswer): Change {
  const action = answer.status === 204 ? 'delete' : answer.status === 201 ? 'create' : 'update';
  return deps.audit.written({
    action,
    principal: context.principal,
    key: answer.key,
    status: answer.status,
    requestId: context.requestId,
    at: answer.lastUpdated,
  });
}

/** The answer that shows a stored version. */
export const answerOf = (status: WriteAnswer['status'], version: StoredVersion): WriteAnswer => ({
  status,
  key: version.key,
  versionId: version.versionId,
  lastUpdated: version.lastUpdated,
  body: version.body,
});

/** The answer to a delete that met nothing. */
export const nothingDeleted = (key: ResourceKey): WriteAnswer => ({
  status: 204,
  key,
  versionId: 0,
  lastUpdated: '',
  body: '',
});

const originOf = (deps: RecordDeps, context: WriteContext, type: string): Origin => ({
  owner: deps.nodeId,
  source: context.principal.source,
  receivedFrom: context.principal.id,
  lane: laneOf(type),
});
