import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '../domain/mpi/index.js';
import type {
  PatientFactsText,
  SampleRow,
  TrainedModel,
  TrainingProgress,
  TrainingReply,
  TrainingRequest,
} from './train-messages.js';

export type { PatientFactsText, TrainedModel, TrainingMeasures, TrainingProgress } from './train-messages.js';

export interface TrainingOptions {
  /** All Patients of the index, in pages. */
  readonly facts: AsyncIterable<readonly PatientFactsText[]>;
  /** What the model will be called. */
  readonly version: string;
  /** The same Patients in the same order and seed give the same model. */
  readonly seed: string;
  /** Ends the worker; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Patients that are learnt from; 50,000 when absent. */
  readonly mostRecords?: number;
  /** Heap of the worker; 1,024 when absent, of which 50,000 Patients need about 400. */
  readonly heapMegabytes?: number;
}

const defaultRecords = 50_000;
const defaultHeap = 1_024;

/** The entry file beside this one, compiled like it or not. */
const entry = new URL(`./train-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Learns a pruned model on a thread of its own, so that a node goes on answering. Of more Patients than `mostRecords` it
 * takes a sample in which each is as likely as any other (a reservoir): the first ones would be those of one
 * institution, which have no second record yet, and only of a fair sample the priors are those of the whole index. The
 * worker alone holds the sample; a page is read when the one before is taken.
 *
 * Rejects where the Patients teach no model (too few, or hardly anybody with two records), where reading fails, where
 * the signal aborts, and where the worker ends before its time.
 */
export async function trainInWorker(options: TrainingOptions): Promise<TrainedModel> {
  const { signal, heapMegabytes = defaultHeap } = options;
  signal?.throwIfAborted();
  const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } });
  const link = createTrainingLink(worker, options);
  const abort = (): void => link.fail(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([feed(link, options), link.outcome]);
  } finally {
    signal?.removeEventListener('abort', abort);
    link.fail(new Error('training is over'));
    await worker.terminate();
  }
}

/** Draws the sample while it reads, sends what is drawn, and starts the training. */
async function feed(link: TrainingLink, options: TrainingOptions): Promise<TrainedModel> {
  const { facts, version, seed, onProgress, mostRecords = defaultRecords } = options;
  const random = seededRandom(seed);
  let total = 0;
  for await (const page of facts) {
    const rows: SampleRow[] = [];
    for (const { id, facts: text } of page) {
      const slot = total < mostRecords ? total : Math.floor(random() * (total + 1));
      total++;
      if (slot < mostRecords) rows.push({ slot, id, facts: text });
    }
    await link.send({ kind: 'sample', rows });
    onProgress?.({ step: 'reading', done: total });
  }
  link.post({ kind: 'train', version, seed, total });
  return link.outcome;
}

interface TrainingLink {
  /** The model; rejects where there will be none. */
  readonly outcome: Promise<TrainedModel>;
  post(request: TrainingRequest): void;
  /** Resolves when the worker has taken the request, rejects as the outcome does. */
  send(request: TrainingRequest): Promise<void>;
  /** Gives up; no effect once there is an outcome. */
  fail(reason: unknown): void;
}

function createTrainingLink(
  worker: Worker,
  { onProgress, heapMegabytes = defaultHeap }: TrainingOptions,
): TrainingLink {
  let onTaken: (() => void) | undefined;
  let fail!: (reason: unknown) => void;
  const outcome = new Promise<TrainedModel>((resolve, reject) => {
    fail = reject;
    worker.on('message', (reply: TrainingReply) => {
      if (reply.kind === 'taken') onTaken?.();
      else if (reply.kind === 'progress') onProgress?.(reply.progress);
      else if (reply.kind === 'trained') resolve({ model: reply.model, measured: reply.measured });
      else reject(new Error(`no model was trained: ${reply.reason}`));
    });
    worker.on('error', (error: NodeJS.ErrnoException) => reject(workerFailure(error, heapMegabytes)));
    worker.on('exit', () => reject(new Error('the training worker ended before it had a model')));
  });
  // Whoever waits for it hears of it; it may fail while nobody does yet.
  outcome.catch(() => undefined);
  const post = (request: TrainingRequest): void => worker.postMessage(request);
  return {
    outcome,
    post,
    async send(request) {
      const taken = new Promise<void>((resolve) => (onTaken = resolve));
      post(request);
      await Promise.race([taken, outcome]);
    },
    fail,
  };
}

/** Without the worker's own message, which may quote what was read. */
function workerFailure({ code, name }: NodeJS.ErrnoException, heapMegabytes: number): Error {
  return new Error(
    code === 'ERR_WORKER_OUT_OF_MEMORY'
      ? `the training worker needed more than ${String(heapMegabytes)} MB`
      : `the training worker failed: ${code ?? name}`,
  );
}
