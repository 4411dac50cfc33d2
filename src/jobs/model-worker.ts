import { getHeapStatistics } from 'node:v8';
import { parentPort } from 'node:worker_threads';
import {
  type FeatureRecord,
  learnModel,
  patientFeatures,
  previewChange,
  readIdentity,
} from '../domain/mpi/index.js';
import type {
  ModelProgress,
  ModelReply,
  ModelRequest,
  ModelTask,
  SampleMeasures,
  SampleRow,
} from './model-messages.js';

// Entry file of the worker of models: it takes a sample of Patients, does one task on it, and has done its work.

const port = parentPort;
if (port === null) throw new Error('the worker of models must be started as a worker thread');

/** Patients of which features are made between two messages of progress. */
const stride = 5_000;
const sample: (SampleRow | undefined)[] = [];
let peakBytes = 0;

port.on('message', (request: ModelRequest) => {
  if (request.kind !== 'sample') {
    reply(doSafely(request));
    port.close();
    return;
  }
  for (const row of request.rows) sample[row.slot] = row;
  reply({ kind: 'taken' });
});

function reply(message: ModelReply): void {
  port?.postMessage(message);
}

function doSafely(task: ModelTask): ModelReply {
  try {
    return doTask(task);
  } catch (error) {
    // The message may quote what was read; where it happened is enough to find it.
    const where = error instanceof Error ? (error.stack ?? '').replace(error.message, '') : 'not an Error';
    return { kind: 'failed', where };
  }
}

function doTask(task: ModelTask): ModelReply {
  const started = performance.now();
  const { total } = task;
  const { records, unreadable } = takeFeatures(task.today);
  const onStep = (step: ModelProgress['step']): void =>
    tell({ step, done: records.length, total: records.length });
  const measures = (found: { readonly candidates: number; readonly blocksCut: number }): SampleMeasures => {
    measure();
    const { candidates, blocksCut } = found;
    const seconds = (performance.now() - started) / 1000;
    return { records: records.length, total, unreadable, candidates, blocksCut, seconds, peakBytes };
  };
  if (task.kind === 'preview') {
    const preview = previewChange({ ...task, records, onStep });
    return { kind: 'previewed', change: preview.change, measured: measures(preview) };
  }
  const { version, seed } = task;
  const learnt = learnModel({ records, total, version, seed, onStep });
  if (learnt.model === undefined)
    return { kind: 'refused', reason: `no model was trained: ${learnt.reason}` };
  return { kind: 'trained', model: learnt.model, measured: measures(learnt) };
}

/** The features of each Patient of the sample once, whose bodies are let go on the way. */
function takeFeatures(today: string): { records: FeatureRecord[]; unreadable: number } {
  const seen = new Set<string>();
  const records: FeatureRecord[] = [];
  let unreadable = 0;
  for (const [place, row] of sample.entries()) {
    if (place % stride === 0) tell({ step: 'features', done: place, total: sample.length });
    sample[place] = undefined;
    if (row === undefined || seen.has(row.id)) continue;
    seen.add(row.id);
    const record = featuresOf(row, today);
    if (record) records.push(record);
    else unreadable++;
  }
  return { records, unreadable };
}

/** `undefined` of a body that is none: one record less does no harm to a model. */
function featuresOf({ id, body }: SampleRow, today: string): FeatureRecord | undefined {
  try {
    return patientFeatures(id, readIdentity(JSON.parse(body), today));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function tell(progress: ModelProgress): void {
  measure();
  reply({ kind: 'progress', progress });
}

function measure(): void {
  const { total_heap_size: heap, external_memory: external } = getHeapStatistics();
  peakBytes = Math.max(peakBytes, heap + external);
}
