import { FhirError } from '../../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../../fhir/key.js';
import type { OpenBundle, PreparedRecord } from '../../../ports/ingest.js';
import type { Change, Guard, OnceOutcome } from '../../../ports/store.js';
import { commitWrite, type WritePlan } from '../commit-write.js';
import { outcomeOf } from '../create-record.js';
import { applyWriteRules } from '../prepare-record.js';
import type { RecordDeps, WriteAnswer, WriteContext } from '../record-deps.js';
import { replayOutcome } from '../replay-write.js';
import { missingTargets, requireReferences } from '../require-references.js';
import { answerOf, auditChange, putChange } from '../version-changes.js';
import { atEntry } from './at-entry.js';
import type { BundleAnswer, EntryAnswer } from './bundle-answer.js';
import { neededScope, readEntryRequest } from './entry-request.js';
import { mostReads, tooCostly } from './limits.js';
import { planEntries, type EntryPlan, type TransactionEntry } from './plan-entries.js';
import { prepareEntries } from './prepare-entries.js';
import { createReadInTurn, type ReadInTurn } from './read-in-turn.js';
import { requireSingleMatches } from './require-single-matches.js';
import { isGet } from './run-get.js';

/** By entry; undefined where an entry only reads. */
type WriteAnswers = readonly (WriteAnswer | undefined)[];

export interface OpenTransaction {
  readonly handle: number;
  readonly bundle: OpenBundle;
}

/**
 * http://hl7.org/fhir/R4/http.html#trules: all writes in one commit unit or none; reading entries see the state after
 * it. Throws FhirError, with the entry's place, where the transaction must be refused.
 */
export async function runTransaction(
  deps: RecordDeps,
  context: WriteContext,
  transaction: OpenTransaction,
): Promise<BundleAnswer> {
  const entries = await readEntries(deps, context, transaction.bundle);
  const written = await commitWrite<WriteAnswers>(deps, context, {
    plan: () => planTransaction(deps, context, { ...transaction, entries }),
    replay: (outcomes) => replayAll(deps, outcomes),
  });
  const read = createReadInTurn(deps);
  const answers = entries.map((entry, index) =>
    answerEntry(read, context, { entry, answer: written[index] }),
  );
  return { type: 'transaction', entries: await Promise.all(answers) };
}

async function readEntries(
  deps: RecordDeps,
  context: WriteContext,
  { entries }: OpenBundle,
): Promise<readonly TransactionEntry[]> {
  const read: TransactionEntry[] = [];
  for (const [index, entry] of entries.entries()) {
    const request = await atEntry(index, () => {
      const asked = readEntryRequest(entry, context.base);
      const { type, permission } = neededScope(asked);
      deps.authorize(context.principal, type, permission);
      return asked;
    });
    read.push({ entry, request });
  }
  if (read.filter(({ request }) => isGet(request)).length > mostReads) {
    throw tooCostly(`A transaction may have ${String(mostReads)} reading entries: ask for the rest apart`);
  }
  return read;
}

async function answerEntry(
  read: ReadInTurn,
  context: WriteContext,
  { entry, answer }: { readonly entry: TransactionEntry; readonly answer: WriteAnswer | undefined },
): Promise<EntryAnswer> {
  const { request } = entry;
  if (!isGet(request)) {
    if (!answer) throw new Error('a writing entry has no answer');
    return { kind: 'write', answer };
  }
  try {
    return await read(context, { request, entry: entry.entry });
  } catch (error) {
    if (error instanceof FhirError) return { kind: 'refused', error };
    throw error;
  }
}

/** Stands for an entry that only reads. */
const noOutcome: OnceOutcome = { key: { type: '', id: '' }, versionId: 0, status: 0 };

function replayAll(deps: RecordDeps, outcomes: readonly OnceOutcome[]): Promise<WriteAnswers> {
  return Promise.all(
    outcomes.map(async (outcome) => (outcome.status === 0 ? undefined : replayOutcome(deps, outcome))),
  );
}

async function planTransaction(
  deps: RecordDeps,
  context: WriteContext,
  transaction: OpenTransaction & { readonly entries: readonly TransactionEntry[] },
): Promise<WritePlan<WriteAnswers>> {
  const plans = await planEntries(deps, context, transaction.entries);
  const prepared = await prepareEntries(deps, context, { ...transaction, plans });
  requireSingleMatches(plans, prepared.records);
  const changes: Change[] = [];
  const guards: Guard[] = [];
  const answers: (WriteAnswer | undefined)[] = [];
  for (const [index, plan] of plans.entries()) {
    const step = await atEntry(index, () =>
      writeEntry(deps, context, { plan, record: prepared.records[index] }),
    );
    changes.push(...step.changes);
    guards.push(...step.guards);
    answers.push(step.answer);
  }
  await checkReferences(deps, { plans, ...prepared });
  return {
    changes,
    guards,
    outcomes: answers.map((answer) => (answer ? outcomeOf(answer) : noOutcome)),
    answer: answers,
  };
}

interface EntryStep {
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  readonly answer: WriteAnswer | undefined;
}

function writeEntry(
  deps: RecordDeps,
  context: WriteContext,
  { plan, record }: { readonly plan: EntryPlan; readonly record: PreparedRecord | 'unchanged' | undefined },
): EntryStep {
  const { current, remove, guards } = plan;
  if (remove) {
    const { key, versionId, lastUpdated } = remove;
    applyWriteRules(deps, context, { key, current, next: undefined });
    const answer: WriteAnswer = { status: 204, key, versionId, lastUpdated, body: '' };
    return { changes: [remove, auditChange(deps, context, answer)], guards, answer };
  }
  if (record === undefined) return { changes: [], guards, answer: plan.answer };
  if (record === 'unchanged') return { changes: [], guards: [], answer: current && answerOf(200, current) };
  const { key, body, stamp } = record;
  applyWriteRules(deps, context, { key, current, next: body });
  const answer: WriteAnswer = {
    status: current && !current.deleted ? 200 : 201,
    key,
    versionId: stamp.versionId,
    lastUpdated: stamp.lastUpdated,
    body,
  };
  return {
    changes: [putChange(deps, context, { record, current }), auditChange(deps, context, answer)],
    guards,
    answer,
  };
}

/** Targets outside the bundle must be held; a target that the transaction deletes is missing as well. */
async function checkReferences(
  deps: RecordDeps,
  prepared: {
    readonly plans: readonly EntryPlan[];
    readonly records: readonly (PreparedRecord | 'unchanged' | undefined)[];
    readonly references: readonly ResourceKey[];
  },
): Promise<void> {
  const resources = () =>
    prepared.records.flatMap((record, index) =>
      record === undefined || record === 'unchanged'
        ? []
        : [{ body: record.body, at: `Bundle.entry[${String(index)}].resource` }],
    );
  const removed = new Set(prepared.plans.flatMap(({ remove }) => (remove ? [toReference(remove.key)] : [])));
  const dangling = prepared.references.filter((key) => removed.has(toReference(key)));
  if (dangling.length > 0) throw missingTargets(deps, dangling, resources());
  await requireReferences(deps, prepared.references, resources);
}
