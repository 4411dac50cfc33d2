import { FhirError, fhirError } from '../../fhir/fhir-error.js';
import type { Clock } from '../../ports/clock.js';
import type { Change, CommitFailure, Guard, OnceOutcome, OnceRecord, Store } from '../../ports/store.js';
import type { WriteContext } from './record-deps.js';

export interface CommitDeps {
  readonly store: Pick<Store, 'outcomeOf' | 'commit'>;
  readonly clock: Clock;
}

/** What one look at the current state makes of a request. */
export interface WritePlan<Answer> {
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  /** Kept for a repeat of the request. */
  readonly outcomes: readonly OnceOutcome[];
  readonly answer: Answer;
}

export interface WriteSteps<Answer> {
  /** Called again after a lost race, on the state that won it. Throws where the request must be refused. */
  readonly plan: () => Promise<WritePlan<Answer>>;
  /** The first answer, built again. */
  readonly replay: (outcomes: readonly OnceOutcome[]) => Promise<Answer>;
}

/** Lost races that one request takes; whoever wins one has moved the state on, so that a request can't starve others. */
const attempts = 8;

/** Plans and commits until nobody came between, at most `attempts` times; then `conflict`. */
export async function commitWrite<Answer>(
  deps: CommitDeps,
  context: WriteContext,
  steps: WriteSteps<Answer>,
): Promise<Answer> {
  if (context.once) {
    const kept = await deps.store.outcomeOf(context.principal.id, context.once.requestId);
    if (kept) return steps.replay(sameRequest(kept, context.once.digest).outcomes);
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const plan = await steps.plan();
    if (plan.changes.length === 0 && !context.once) return plan.answer;
    const result = await deps.store.commit({
      changes: plan.changes,
      guards: plan.guards,
      ...onceOf(deps, context, plan.outcomes),
    });
    if (result.ok) return plan.answer;
    const kept = keptRecord(result.failed);
    if (kept) return steps.replay(sameRequest(kept, context.once?.digest).outcomes);
  }
  throw fhirError('conflict', 'conflict', 'Other writes came between too often: repeat the request');
}

function onceOf(
  deps: CommitDeps,
  context: WriteContext,
  outcomes: readonly OnceOutcome[],
): { once?: OnceRecord } {
  if (!context.once) return {};
  const at = new Date(deps.clock.now()).toISOString();
  return { once: { principal: context.principal.id, ...context.once, at, outcomes } };
}

/** The first request's record where this one repeats it; undefined where planning anew may succeed. */
function keptRecord(failed: CommitFailure): OnceRecord | undefined {
  if (failed.reason === 'once') return failed.record;
  if (failed.reason !== 'restored') return undefined;
  throw new FhirError(
    'busy',
    [
      {
        severity: 'error',
        code: 'transient',
        diagnostics:
          'This node was restored and takes no writes until what it lost has come back from its peers',
      },
    ],
    { retryAfterSeconds: 30 },
  );
}

function sameRequest(kept: OnceRecord, digest: string | undefined): OnceRecord {
  if (kept.digest === digest) return kept;
  throw fhirError(
    'business-rule',
    'duplicate',
    'This X-Request-ID was used for another request: choose a new one',
  );
}
