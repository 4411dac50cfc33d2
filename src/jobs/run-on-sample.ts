import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { seededRandom } from '../domain/mpi/index.js';
import type {
  ModelProgress,
  ModelReply,
  ModelRequest,
  ModelTask,
  PatientText,
  SampleRow,
} from './model-messages.js';

export interface SampleOptions {
  /** All Patients of the node, in pages. */
  readonly patients: AsyncIterable<readonly PatientText[]>;
  /** The same Patients in the same order and seed give the same sample. */
  readonly seed: string;
  /** Ends the worker; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ModelProgress) => void;
  /** Patients of the sample; 50,000 when absent. */
  readonly mostRecords?: number;
  /** Heap of the worker; 1,024 when absent, of which 50,000 Patients need about 400. */
  readonly heapMegabytes?: number;
}

export type ModelOutcome = Extract<ModelReply, { kind: 'trained' | 'previewed' }>;

/** Why there is no outcome, in words that name nobody and may be shown. */
export class ModelRefusal extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ModelRefusal';
  }
}

/** A fault of the worker; the message tells where it happened and quotes nothing of what was read. */
export class ModelWorkerFault extends Error {
  constructor(where: string) {
    super(`the worker of models failed: ${where}`);
    this.name = 'ModelWorkerFault';
  }
}

const defaultRecords = 50_000;
const defaultHeap = 1_024;

/** The entry file beside this one, compiled like it or not. */
const entry = new URL(`./model-worker${extname(import.meta.url)}`, import.meta.url);

/**
 * Does a task on a sample of the Patients on a thread of its own, so that a node goes on answering. Of more Patients than
 * `mostRecords` each is as likely in the sample as any other (a reservoir): the first ones would be those of one
 * institution, which have no second record yet. The worker alone holds the sample; a page is read when the one before
 * is taken.
 *
 * Rejects with ModelRefusal where the task can't be done on these Patients, and also where reading fails, where the
 * signal aborts, and where the worker ends before its time.
 */
export async function runOnSample(
  options: SampleOptions,
  taskOf: (total: number) => ModelTask | Promise<ModelTask>,
): Promise<ModelOutcome> {
  const { signal, heapMegabytes = defaultHeap } = options;
  signal?.throwIfAborted();
  const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: heapMegabytes } });
  const link = createLink(worker, options);
  const abort = (): void => link.fail(signal?.reason);
  signal?.addEventListener('abort', abort);
  try {
    return await Promise.race([feed(link, options, taskOf), link.outcome]);
  } finally {
    signal?.removeEventListener('abort', abort);
    link.fail(new Error('the job is over'));
    await worker.terminate();
  }
}

/** Draws the sample while it reads, sends what is drawn, and starts the task. */
async function feed(
  link: Link,
  { patients, seed, onProgress, mostRecords = defaultRecords }: SampleOptions,
  taskOf: (total: number) => ModelTask | Promise<ModelTask>,
): Promise<ModelOutcome> {
  const random = seededRandom(seed);
  let total = 0;
  for await (const page of patients) {
    const rows: SampleRow[] = [];
    for (const { id, body } of page) {
      const slot = total < mostRecords ? total : Math.floor(random() * (total + 1));
      total++;
      if (slot < mostRecords) rows.push({ slot, id, body });
    }
    await link.send({ kind: 'sample', rows });
    onProgress?.({ step: 'reading', done: total });
  }
  link.post(await taskOf(total));
  return link.outcome;
}

interface Link {
  /** Rejects where there will be none. */
  readonly outcome: Promise<ModelOutcome>;
  post(request: ModelRequest): void;
  /** Resolves when the worker has taken the request, rejects as the outcome does. */
  send(request: ModelRequest): Promise<void>;
  /** Gives up; no effect once there is an outcome. */
  fail(reason: unknown): void;
}

function createLink(worker: Worker, { onProgress, heapMegabytes = defaultHeap }: SampleOptions): Link {
  let onTaken: (() => void) | undefined;
  let fail!: (reason: unknown) => void;
  const outcome = new Promise<ModelOutcome>((resolve, reject) => {
    fail = reject;
    worker.on('message', (reply: ModelReply) => {
      if (reply.kind === 'taken') onTaken?.();
      else if (reply.kind === 'progress') onProgress?.(reply.progress);
      else if (reply.kind === 'refused') reject(new ModelRefusal(reply.reason));
      else if (reply.kind === 'failed') reject(new ModelWorkerFault(reply.where));
      else resolve(reply);
    });
    worker.on('error', (error: NodeJS.ErrnoException) => reject(workerFailure(error, heapMegabytes)));
    worker.on('exit', () => reject(new ModelWorkerFault('it ended before its task was done')));
  });
  // Whoever waits for it hears of it; it may fail while nobody does yet.
  outcome.catch(() => undefined);
  const post = (request: ModelRequest): void => worker.postMessage(request);
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
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new ModelRefusal(`the worker of models needed more than ${String(heapMegabytes)} MB`)
    : new ModelWorkerFault(code ?? name);
}
