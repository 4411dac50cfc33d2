import { Worker } from 'node:worker_threads';
import { fhirError, FhirError } from '../fhir/fhir-error.js';
import type { Logger } from '../ports/logger.js';
import { READY } from './ingest-messages.js';
import type { IngestAnswer, IngestReply, IngestRequest, IngestWorkerData } from './ingest-messages.js';

type AnswerOf<K extends IngestAnswer['kind']> = Extract<IngestAnswer, { kind: K }>;
type Call = Exclude<IngestRequest, { kind: 'drop' }>;
type Unnumbered<T> = T extends unknown ? Omit<T, 'call'> : never;

/** The ingest worker behind calls that resolve. */
export interface WorkerLink {
  /** Counts the workers started so far: what an earlier one held is gone. */
  generation(): number;
  /** Rejects with FhirError `busy` where the worker ends before it answers, with an Error where its code fails. */
  call<R extends Unnumbered<Call>>(request: R): Promise<AnswerOf<R['kind']>>;
  drop(handle: number): void;
  close(): Promise<void>;
}

/** The entry file beside this one, compiled like it or not. */
const entry = new URL(
  `./ingest-worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
);

/** Seconds after which a client may come again. */
const RETRY_SECONDS = 1;

export const busy = (diagnostics: string): FhirError =>
  new FhirError('busy', fhirError('busy', 'transient', diagnostics).issues, {
    retryAfterSeconds: RETRY_SECONDS,
  });

/** Milliseconds after which a call is given up: the largest body that a node takes needs a few seconds. */
const CALL_LIMIT_MS = 60_000;

interface Pending {
  readonly resolve: (answer: IngestAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the worker at once, without waiting for it: messages wait in its queue. A worker that ends takes what it held
 * with it and is started again at the next call; one that needs longer than `limitMs` for a call is ended.
 */
export function createWorkerLink(
  data: IngestWorkerData,
  logger?: Logger,
  limitMs = CALL_LIMIT_MS,
): WorkerLink {
  let worker: Worker | undefined;
  let generation = 0;
  let calls = 0;
  let closed = false;
  const pending = new Map<number, Pending>();

  const watch = createCallWatch(pending, limitMs, () => {
    logger?.error({ limitMs }, 'the ingest worker needed too long for a body and was ended');
    void worker?.terminate();
  });

  const start = (): Worker => {
    const started = new Worker(entry, { workerData: data });
    generation++;
    started.on('message', (message: IngestReply | typeof READY) => {
      if (message === READY) return watch.begin();
      pending.get(message.call)?.resolve(message.answer);
      pending.delete(message.call);
      watch.look();
      // Calls keep the process alive, a worker that waits for them does not.
      if (pending.size === 0) started.unref();
    });
    started.on('error', (error) => logger?.error({ kind: error.name }, 'the ingest worker failed'));
    started.on('exit', () => {
      if (worker === started) worker = undefined;
      watch.end();
      for (const { reject } of pending.values()) reject(busy('the body could not be read now'));
      pending.clear();
    });
    started.unref();
    return started;
  };
  const running = (): Worker => (worker ??= start());
  running();

  return {
    generation: () => generation,
    async call(request) {
      if (closed) throw busy('the server is closing');
      const call = ++calls;
      const answer = await new Promise<IngestAnswer>((resolve, reject) => {
        pending.set(call, { resolve, reject });
        watch.look();
        const to = running();
        to.ref();
        to.postMessage({ ...request, call });
      });
      return expectKind(answer, request.kind) as never;
    },
    drop: (handle) => worker?.postMessage({ call: 0, kind: 'drop', handle } satisfies IngestRequest),
    async close() {
      closed = true;
      await worker?.terminate();
    },
  };
}

/** Throws where the worker failed at the call. */
function expectKind(answer: IngestAnswer, kind: IngestRequest['kind']): IngestAnswer {
  if (answer.kind === 'failed') throw new Error(`the ingest worker could not read a body: ${answer.stack}`);
  if (answer.kind !== kind) throw new Error('an answer of another kind');
  return answer;
}

interface CallWatch {
  /** The worker has started: from now on it works off the calls in their order. */
  begin(): void;
  /** Another call may be the first in the queue now. */
  look(): void;
  end(): void;
}

/** Measures how long the worker has been at the first of the calls, and tells `onOver` beyond the limit. */
function createCallWatch(
  pending: ReadonlyMap<number, unknown>,
  limitMs: number,
  onOver: () => void,
): CallWatch {
  let runs = false;
  let watched: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const [first] = pending.keys();
    if (!runs || first === watched) return;
    clearTimeout(timer);
    watched = first;
    if (first === undefined) return;
    // Its answer may have come while this thread was busy: then it is read before the check.
    timer = setTimeout(
      () => setImmediate(() => pending.has(first) && watched === first && onOver()),
      limitMs,
    );
    timer.unref();
  };
  return {
    look,
    begin() {
      runs = true;
      look();
    },
    end() {
      runs = false;
      watched = undefined;
      clearTimeout(timer);
    },
  };
}
