import type { MatchModel, StandingDecision } from '../domain/mpi/index.js';
import type { ModelPreview } from './model-messages.js';
import { runOnSample, type SampleOptions } from './run-on-sample.js';

export interface PreviewOptions extends SampleOptions {
  readonly before: MatchModel;
  readonly after: MatchModel;
  /** What stands over either model; asked for once all Patients are read. */
  readonly decisions: () => Promise<readonly StandingDecision[]>;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/**
 * What another model would change, on a sample of the Patients and a thread of its own: who is of one person by
 * either model and the decisions, as whole files. Rejects as runOnSample does.
 */
export async function previewInWorker(options: PreviewOptions): Promise<ModelPreview> {
  const { before, after, today } = options;
  const outcome = await runOnSample(options, async (total) => {
    const decisions = await options.decisions();
    return { kind: 'preview', before, after, decisions, today, total };
  });
  if (outcome.kind !== 'previewed') throw new Error('the worker of models did another task');
  const { change, measured } = outcome;
  return { change, measured };
}
