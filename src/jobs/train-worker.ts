import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import {
  type FeatureRecord,
  learnModel,
  patientFeatures,
  type PatientIdentity,
} from '../domain/mpi/index.js';
import type { SampleRow, TrainingProgress, TrainingReply, TrainingRequest } from './train-messages.js';

// Entry file of the training worker: it takes a sample of Patients, learns one model from them, and has done its work.

const port = parentPort;
if (port === null) throw new Error('the training worker must be started as a worker thread');

type TrainCall = Extract<TrainingRequest, { kind: 'train' }>;

/** Patients of which features are made between two messages of progress. */
const stride = 5_000;
const sample: (SampleRow | undefined)[] = [];
let peakBytes = 0;

port.on('message', (request: TrainingRequest) => {
  if (request.kind === 'train') {
    reply(trainSafely(request));
    port.close();
    return;
  }
  for (const row of request.rows) sample[row.slot] = row;
  reply({ kind: 'taken' });
});

function reply(message: TrainingReply): void {
  port?.postMessage(message);
}

function trainSafely(call: TrainCall): TrainingReply {
  try {
    return train(call);
  } catch (error) {
    // The message may quote what was read; where it happened is enough to find it.
    const stack = error instanceof Error ? (error.stack ?? '').replace(error.message, '') : 'not an Error';
    return { kind: 'failed', reason: stack };
  }
}

function train({ version, seed, total }: TrainCall): TrainingReply {
  const started = performance.now();
  const { records, unreadable } = takeFeatures();
  const onStep = (step: 'candidates' | 'training'): void =>
    tell({ step, done: records.length, total: records.length });
  const learnt = learnModel({ records, total, version, seed, onStep });
  if (learnt.model === undefined) return { kind: 'failed', reason: learnt.reason };
  measure();
  const { model, candidates, blocksCut } = learnt;
  const seconds = (performance.now() - started) / 1000;
  return {
    kind: 'trained',
    model,
    measured: { records: records.length, total, unreadable, candidates, blocksCut, seconds, peakBytes },
  };
}

/** The features of each Patient of the sample once, whose facts are let go on the way. */
function takeFeatures(): { records: FeatureRecord[]; unreadable: number } {
  const seen = new Set<string>();
  const records: FeatureRecord[] = [];
  let unreadable = 0;
  for (const [place, row] of sample.entries()) {
    if (place % stride === 0) tell({ step: 'features', done: place, total: sample.length });
    sample[place] = undefined;
    if (row === undefined || seen.has(row.id)) continue;
    seen.add(row.id);
    const record = featuresOf(row);
    if (record) records.push(record);
    else unreadable++;
  }
  return { records, unreadable };
}

/** `undefined` of facts that are none: one record less does no harm to a model. */
function featuresOf({ id, facts }: SampleRow): FeatureRecord | undefined {
  try {
    return patientFeatures(id, JSON.parse(facts) as PatientIdentity);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function tell(progress: TrainingProgress): void {
  measure();
  reply({ kind: 'progress', progress });
}

function measure(): void {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  peakBytes = Math.max(peakBytes, heap + external);
}
