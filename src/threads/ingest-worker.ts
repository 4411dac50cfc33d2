import { parentPort, workerData } from 'node:worker_threads';
import type { PrepareBundleResult, PrepareResult, ReplicaBatchResult } from '../ports/ingest.js';
import { READY } from './ingest-messages.js';
import type { IngestAnswer, IngestReply, IngestRequest, IngestWorkerData } from './ingest-messages.js';
import { createIngestSteps } from './ingest-steps.js';
import { buffersOf, packRecords, packReplicas } from './packed-rows.js';

// Entry file of the ingest worker: large bodies are prepared here, one message after the other.

interface Answered {
  readonly answer: IngestAnswer;
  readonly transfer: ArrayBuffer[];
}

const port = parentPort;
if (port === null) throw new Error('the ingest worker must be started as a worker thread');
const { base } = workerData as IngestWorkerData;
const steps = createIngestSteps(base);

port.on('message', (request: IngestRequest) => {
  if (request.kind === 'drop') {
    steps.dropBundle(request.handle);
    return;
  }
  const { answer, transfer } = answerSafely(request);
  const reply: IngestReply = { call: request.call, answer };
  port.postMessage(reply, transfer);
});

port.postMessage(READY);

type Call = Exclude<IngestRequest, { kind: 'drop' }>;

function answerSafely(request: Call): Answered {
  try {
    return answer(request);
  } catch (error) {
    // The message may quote what was read; where it happened is enough to find it.
    const stack = error instanceof Error ? (error.stack ?? '').replace(error.message, '') : 'not an Error';
    return { answer: { kind: 'failed', stack }, transfer: [] };
  }
}

function answer(request: Call): Answered {
  switch (request.kind) {
    case 'prepare':
      return resourceAnswer(steps.prepare(request.request));
    case 'open':
      return {
        answer: { kind: 'open', result: steps.openBundle(request.handle, request.text) },
        transfer: [],
      };
    case 'prepare-bundle':
      return bundleAnswer(steps.prepareBundle(request.handle, request.decisions));
    case 'replicas':
      return replicasAnswer(steps.prepareReplicas(request.text));
  }
}

function resourceAnswer(result: PrepareResult): Answered {
  if (result.outcome !== 'prepared') return { answer: { kind: 'prepare', result }, transfer: [] };
  // Its index shares a buffer with those of others, which would cross as a whole.
  const index = result.record.index.slice();
  const answer: IngestAnswer = {
    kind: 'prepare',
    result: { ...result, record: { ...result.record, index } },
  };
  return { answer, transfer: [index.buffer] };
}

function bundleAnswer(result: PrepareBundleResult | undefined): Answered {
  if (result?.outcome !== 'prepared') return { answer: { kind: 'prepare-bundle', result }, transfer: [] };
  const records = packRecords(result.records, result.references);
  return {
    answer: { kind: 'prepare-bundle', result: { outcome: 'packed', records } },
    transfer: buffersOf(records),
  };
}

function replicasAnswer(result: ReplicaBatchResult): Answered {
  if (result.outcome === 'invalid') return { answer: { kind: 'replicas', result }, transfer: [] };
  const packed = packReplicas(result.batch);
  return { answer: { kind: 'replicas', result: packed }, transfer: buffersOf(packed) };
}
