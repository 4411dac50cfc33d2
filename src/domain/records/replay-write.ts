import type { OnceOutcome } from '../../ports/store.js';
import type { RecordDeps, WriteAnswer } from './record-deps.js';
import { nothingDeleted } from './version-changes.js';

/** The answer to the first of two equal requests, built again from the version that it wrote or found. */
export async function replayWrite(
  deps: Pick<RecordDeps, 'store'>,
  outcomes: readonly OnceOutcome[],
): Promise<WriteAnswer> {
  const outcome = outcomes[0];
  if (!outcome) throw new Error('a kept request has no outcome');
  return replayOutcome(deps, outcome);
}

export async function replayOutcome(
  deps: Pick<RecordDeps, 'store'>,
  { key, versionId, status }: OnceOutcome,
): Promise<WriteAnswer> {
  if (status !== 200 && status !== 201 && status !== 204) throw new Error('a kept outcome is no success');
  if (versionId === 0) return nothingDeleted(key);
  const version = await deps.store.readVersion(key, versionId);
  if (!version) throw new Error('a kept outcome names a version that is not held');
  return { status, key, versionId, lastUpdated: version.lastUpdated, body: version.body };
}
