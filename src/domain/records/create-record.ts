import type { OnceOutcome } from '../../ports/store.js';
import { commitWrite, type WritePlan } from './commit-write.js';
import { matchCriteria } from './match-criteria.js';
import { prepareRecord } from './prepare-record.js';
import type { RecordDeps, WriteAnswer, WriteContext } from './record-deps.js';
import { replayWrite } from './replay-write.js';
import { answerOf, auditChange, nextStamp, putChange } from './version-changes.js';

export interface CreateRequest {
  readonly type: string;
  readonly text: string;
  /** Criteria of a conditional create; where one resource matches them, it is the answer and nothing is made. */
  readonly ifNoneExist?: string;
}

/** http://hl7.org/fhir/R4/http.html#create and #ccreate. Throws FhirError where the create must be refused. */
export function createRecord(
  deps: RecordDeps,
  context: WriteContext,
  request: CreateRequest,
): Promise<WriteAnswer> {
  return commitWrite(deps, context, {
    plan: () => planCreate(deps, context, request),
    replay: (outcomes) => replayWrite(deps, outcomes),
  });
}

async function planCreate(
  deps: RecordDeps,
  context: WriteContext,
  { type, text, ifNoneExist }: CreateRequest,
): Promise<WritePlan<WriteAnswer>> {
  const match =
    ifNoneExist === undefined
      ? undefined
      : await matchCriteria(deps, context, { type, criteria: ifNoneExist });
  if (match?.found) return unchangedPlan(answerOf(200, match.found));
  const stamp = nextStamp(deps, deps.ids.uuid(), undefined);
  const record = await prepareRecord(deps, context, {
    request: { text, type, stamp, interaction: 'create' },
    current: undefined,
  });
  // Without a current version nothing can be equal to it.
  if (record === 'unchanged') throw new Error('a create was prepared as unchanged');
  return writtenPlan(deps, context, {
    status: 201,
    put: putChange(deps, context, { record, current: undefined }),
    guards: match ? [match.guard] : [],
  });
}

/** Nothing to write: the answer shows what is held. */
export const unchangedPlan = (answer: WriteAnswer): WritePlan<WriteAnswer> => ({
  changes: [],
  guards: [],
  outcomes: [outcomeOf(answer)],
  answer,
});

/** One version and its audit row. */
export function writtenPlan(
  deps: RecordDeps,
  context: WriteContext,
  write: {
    readonly status: 200 | 201;
    readonly put: ReturnType<typeof putChange>;
    readonly guards: WritePlan<WriteAnswer>['guards'];
  },
): WritePlan<WriteAnswer> {
  const { key, versionId, lastUpdated, body } = write.put;
  const answer: WriteAnswer = { status: write.status, key, versionId, lastUpdated, body };
  return {
    changes: [write.put, auditChange(deps, context, answer)],
    guards: write.guards,
    outcomes: [outcomeOf(answer)],
    answer,
  };
}

/** What is kept of an answer for a repeat of its request. */
export const outcomeOf = ({ key, versionId, status }: WriteAnswer): OnceOutcome => ({
  key,
  versionId,
  status,
});
