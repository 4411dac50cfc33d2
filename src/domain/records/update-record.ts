import { namesVersion } from '../../fhir/etag.js';
import { fhirError } from '../../fhir/fhir-error.js';
import type { ResourceKey } from '../../fhir/key.js';
import type { PrepareRequest } from '../../ports/ingest.js';
import type { Guard, StoredVersion } from '../../ports/store.js';
import { commitWrite, type WritePlan } from './commit-write.js';
import { unchangedPlan, writtenPlan } from './create-record.js';
import { matchCriteria } from './match-criteria.js';
import { prepareRecord } from './prepare-record.js';
import type { Preconditions, RecordDeps, WriteAnswer, WriteContext } from './record-deps.js';
import { replayWrite } from './replay-write.js';
import { answerOf, nextStamp, putChange } from './version-changes.js';
import { requireChoosableId, requireOwner } from './write-rules.js';

export interface UpdateRequest extends Preconditions {
  readonly key: ResourceKey;
  readonly text: string;
}

export interface ConditionalUpdateRequest extends Preconditions {
  readonly type: string;
  readonly criteria: string;
  readonly text: string;
}

/** http://hl7.org/fhir/R4/http.html#update, with update-as-create. Throws FhirError where it must be refused. */
export function updateRecord(
  deps: RecordDeps,
  context: WriteContext,
  request: UpdateRequest,
): Promise<WriteAnswer> {
  return commitWrite(deps, context, {
    plan: async () => {
      const [current] = await deps.store.read([request.key]);
      return planUpdate(deps, context, { ...request, current, guards: [], interaction: 'update' });
    },
    replay: (outcomes) => replayWrite(deps, outcomes),
  });
}

/** http://hl7.org/fhir/R4/http.html#cond-update. Throws FhirError where it must be refused. */
export function updateByCriteria(
  deps: RecordDeps,
  context: WriteContext,
  request: ConditionalUpdateRequest,
): Promise<WriteAnswer> {
  return commitWrite(deps, context, {
    plan: () => planUpdateByCriteria(deps, context, request),
    replay: (outcomes) => replayWrite(deps, outcomes),
  });
}

async function planUpdateByCriteria(
  deps: RecordDeps,
  context: WriteContext,
  request: ConditionalUpdateRequest,
): Promise<WritePlan<WriteAnswer>> {
  const { type } = request;
  const match = await matchCriteria(deps, context, request);
  const target = await conditionalTarget(deps, {
    type,
    found: match.found,
    bodyId: topLevelId(request.text),
  });
  return planUpdate(deps, context, {
    ...request,
    key: target.key ?? { type, id: deps.ids.uuid() },
    current: target.current,
    guards: [match.guard],
    // With a minted id the body has none that could be compared.
    interaction: target.bodyHasId ? 'update' : 'create',
    minted: target.key === undefined,
  });
}

export interface ConditionalTarget {
  /** Undefined: an id is to be minted. */
  readonly key: ResourceKey | undefined;
  readonly current: StoredVersion | undefined;
  readonly bodyHasId: boolean;
}

/** The table of http://hl7.org/fhir/R4/http.html#cond-update: which resource a conditional update means. */
export async function conditionalTarget(
  deps: Pick<RecordDeps, 'store'>,
  asked: {
    readonly type: string;
    readonly found: StoredVersion | undefined;
    readonly bodyId: string | undefined;
  },
): Promise<ConditionalTarget> {
  const { type, found, bodyId } = asked;
  const bodyHasId = bodyId !== undefined;
  if (found) {
    if (bodyHasId && bodyId !== found.key.id) {
      throw fhirError('malformed', 'value', {
        diagnostics: 'The body has another id than the resource that matches',
        expression: `${type}.id`,
      });
    }
    return { key: found.key, current: found, bodyHasId };
  }
  if (!bodyHasId) return { key: undefined, current: undefined, bodyHasId };
  const key = { type, id: bodyId };
  const [current] = await deps.store.read([key]);
  if (current && !current.deleted) {
    throw fhirError('conflict', 'conflict', {
      diagnostics: 'The resource of this id does not match the criteria',
      expression: `${type}.id`,
    });
  }
  return { key, current, bodyHasId };
}

interface UpdatePlanRequest extends UpdateRequest {
  readonly current: StoredVersion | undefined;
  readonly guards: readonly Guard[];
  readonly interaction: PrepareRequest['interaction'];
  readonly minted?: boolean;
}

async function planUpdate(
  deps: RecordDeps,
  context: WriteContext,
  request: UpdatePlanRequest,
): Promise<WritePlan<WriteAnswer>> {
  const { key, current, text, interaction } = request;
  requireOwner(current, deps.nodeId);
  requirePreconditions(current, request);
  if (!current && request.minted !== true) requireChoosableId(key, context.principal, deps.anyId);
  const record = await prepareRecord(deps, context, {
    request: {
      text,
      type: key.type,
      stamp: nextStamp(deps, key.id, current),
      interaction,
      ...(current && !current.deleted ? { current } : {}),
    },
    current,
  });
  if (record === 'unchanged') {
    if (!current) throw new Error('nothing to be unchanged from');
    return unchangedPlan(answerOf(200, current));
  }
  return writtenPlan(deps, context, {
    status: current && !current.deleted ? 200 : 201,
    put: putChange(deps, context, { record, current }),
    guards: request.guards,
  });
}

/** If-Match and If-None-Match of a write; throws `version-mismatch`. */
export function requirePreconditions(
  current: StoredVersion | undefined,
  { ifMatch, ifNoneMatch }: Preconditions,
): void {
  if (ifMatch !== undefined && (current === undefined || !namesVersion(ifMatch, current.versionId))) {
    throw fhirError('version-mismatch', 'conflict', 'The current version is another than If-Match names');
  }
  const exists = current !== undefined && !current.deleted;
  if (ifNoneMatch !== undefined && exists && namesVersion(ifNoneMatch, current.versionId)) {
    throw fhirError('version-mismatch', 'conflict', 'If-None-Match names the current version');
  }
}

/** Top-level `id` of a JSON text, undefined where there is none or the text is malformed (validation will say so). */
function topLevelId(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('id' in value)) return undefined;
    return typeof value.id === 'string' ? value.id : undefined;
  } catch {
    return undefined;
  }
}
