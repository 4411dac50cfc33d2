import { Worker } from 'node:worker_threads';

import { fhirError } from '../../fhir/fhir-error.js';
import type { ReadAnswer, ReadRequest, closeReader } from './reader-thread.js';
import type { SlowReads } from './slow-reads.js';
import { threadUrl } from './thread-url.js';
import { fromWireError } from './wire-error.js';

export interface ReaderPool {
  ask<Method extends keyof SlowReads>(
    method: Method,
    ...values: Parameters<SlowReads[Method]>
  ): Promise<ReturnType<SlowReads[Method]>>;
  /** In a thread of its own, which ends with it: for what may take minutes. */
  askApart<Method extends keyof SlowReads>(
    method: Method,
    ...values: Parameters<SlowReads[Method]>
  ): Promise<ReturnType<SlowReads[Method]>>;
  /** What is asked is answered before. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Reader {
  ask(method: keyof SlowReads, values: readonly unknown[]): Promise<unknown>;
  waiting(): number;
  close(): Promise<void>;
}

/** `size` reader threads, at least one; a read goes to the one with the least to do. */
export function startReaders(directory: string, size: number): ReaderPool {
  const readers = Array.from({ length: Math.max(1, size) }, () => startReader(directory));
  const running = new Set<Promise<unknown>>();

  function kept<Value>(work: Promise<Value>): Promise<Value> {
    running.add(work);
    const done = (): void => void running.delete(work);
    work.then(done, done);
    return work;
  }

  return {
    ask<Method extends keyof SlowReads>(method: Method, ...values: Parameters<SlowReads[Method]>) {
      const idlest = readers.reduce((best, reader) => (reader.waiting() < best.waiting() ? reader : best));
      return kept(idlest.ask(method, values)) as Promise<ReturnType<SlowReads[Method]>>;
    },
    askApart<Method extends keyof SlowReads>(method: Method, ...values: Parameters<SlowReads[Method]>) {
      const reader = startReader(directory);
      const answer = kept(reader.ask(method, values).finally(() => reader.close()));
      return answer as Promise<ReturnType<SlowReads[Method]>>;
    },
    async close() {
      await Promise.allSettled([...running]);
      await Promise.all(readers.map((reader) => reader.close()));
    },
  };
}

function startReader(directory: string): Reader {
  const worker = new Worker(threadUrl('reader-thread'), { workerData: { directory } });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let dead: Error | undefined;
  worker.on('message', (answer: ReadAnswer) => {
    const waiter = waiting.get(answer.number);
    waiting.delete(answer.number);
    if (answer.ok) waiter?.resolve(answer.value);
    else waiter?.reject(fromWireError(answer.error));
  });
  const die = (error: Error): void => {
    dead = error;
    for (const { reject } of waiting.values()) reject(readerGone());
    waiting.clear();
  };
  worker.on('error', die);
  worker.on('exit', () => die(new Error('the reader thread ended')));
  return {
    waiting: () => (dead ? Infinity : waiting.size),
    ask(method, values) {
      if (dead) return Promise.reject(readerGone());
      return new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        worker.postMessage({ number: count, method, values } satisfies ReadRequest);
      });
    },
    close() {
      if (dead) return Promise.resolve();
      return new Promise((resolve) => {
        worker.once('exit', () => resolve());
        worker.postMessage(closing);
      });
    },
  };
}

const closing: typeof closeReader = 'close';

const readerGone = (): Error =>
  fhirError('busy', 'transient', 'The store can’t be read: its reader has ended');
