import type { TrainedModel } from './model-messages.js';
import { runOnSample, type SampleOptions } from './run-on-sample.js';

export interface TrainingOptions extends SampleOptions {
  /** What the model will be called. */
  readonly version: string;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/**
 * Learns a pruned model on a thread of its own, of a fair sample: only of such a one the priors are those of the whole
 * index. Rejects with ModelRefusal where the Patients teach no model (too few, or hardly anybody with two records), and
 * as runOnSample does.
 */
export async function trainInWorker(options: TrainingOptions): Promise<TrainedModel> {
  const { version, seed, today } = options;
  const outcome = await runOnSample(options, (total) => ({ kind: 'train', version, seed, today, total }));
  if (outcome.kind !== 'trained') throw new Error('the worker of models did another task');
  const { model, measured } = outcome;
  return { model, measured };
}
