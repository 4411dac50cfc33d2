import type { ResourceKey } from '../../fhir/key.js';
import type { Guard, StoredVersion } from '../../ports/store.js';
import { commitWrite, type WritePlan } from './commit-write.js';
import { outcomeOf, unchangedPlan } from './create-record.js';
import { matchCriteria } from './match-criteria.js';
import { applyWriteRules } from './prepare-record.js';
import type { Preconditions, RecordDeps, WriteAnswer, WriteContext } from './record-deps.js';
import { replayWrite } from './replay-write.js';
import { requirePreconditions } from './update-record.js';
import { answerOf, auditChange, deleteChange, nothingDeleted } from './version-changes.js';
import { requireOwner } from './write-rules.js';

export interface DeleteRequest extends Preconditions {
  readonly key: ResourceKey;
}

export interface ConditionalDeleteRequest extends Preconditions {
  readonly type: string;
  readonly criteria: string;
}

/** http://hl7.org/fhir/R4/http.html#delete: 204 too where nothing is held, or nothing any more. */
export function deleteRecord(
  deps: RecordDeps,
  context: WriteContext,
  request: DeleteRequest,
): Promise<WriteAnswer> {
  return commitWrite(deps, context, {
    plan: async () => {
      const [current] = await deps.store.read([request.key]);
      return planDelete(deps, context, { ...request, current, guards: [] });
    },
    replay: (outcomes) => replayWrite(deps, outcomes),
  });
}

/** http://hl7.org/fhir/R4/http.html#3.1.0.7.1, of a single match. */
export function deleteByCriteria(
  deps: RecordDeps,
  context: WriteContext,
  request: ConditionalDeleteRequest,
): Promise<WriteAnswer> {
  return commitWrite(deps, context, {
    plan: async () => {
      const { found, guard } = await matchCriteria(deps, context, request);
      const key = found?.key ?? { type: request.type, id: '' };
      return planDelete(deps, context, { ...request, key, current: found, guards: [guard] });
    },
    replay: (outcomes) => replayWrite(deps, outcomes),
  });
}

function planDelete(
  deps: RecordDeps,
  context: WriteContext,
  request: DeleteRequest & { readonly current: StoredVersion | undefined; readonly guards: readonly Guard[] },
): WritePlan<WriteAnswer> {
  const { current, key } = request;
  requireOwner(current, deps.nodeId);
  requirePreconditions(current, request);
  if (!current) return unchangedPlan(nothingDeleted(key));
  if (current.deleted) return unchangedPlan(answerOf(204, current));
  applyWriteRules(deps, context, { key, current, next: undefined });
  const change = deleteChange(deps, context, current);
  const { versionId, lastUpdated } = change;
  const answer: WriteAnswer = { status: 204, key, versionId, lastUpdated, body: '' };
  return {
    changes: [change, auditChange(deps, context, answer)],
    guards: request.guards,
    outcomes: [outcomeOf(answer)],
    answer,
  };
}
