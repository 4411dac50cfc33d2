import { Worker } from 'node:worker_threads';

import { fhirError, type FhirError } from '../../fhir/fhir-error.js';
import type { CommitResult, CommitUnit } from '../../ports/store.js';
import {
  encodeUnit,
  outcomeNames,
  type FromWriter,
  type ToWriter,
  type UnitResult,
  type WriterSettings,
} from './messages.js';
import { threadUrl } from './thread-url.js';
import { fromWireError } from './wire-error.js';

/** The calling thread's end of the writer thread. */
export interface WriterClient {
  commit(unit: CommitUnit, nowMs: number): Promise<CommitResult>;
  /** After what is queued. */
  close(): Promise<void>;
}

export interface WriterEvents {
  /** A commit appended to the log. */
  readonly onAppended: () => void;
  /** The thread ended without being asked to. */
  readonly onDeath: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: FhirError) => void;
}

/** Resolves when the data is open and migrated; rejects with the reason where it can't be. */
export function startWriter(settings: WriterSettings, events: WriterEvents): Promise<WriterClient> {
  const worker = new Worker(threadUrl('writer-thread'), { workerData: settings });
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let lastSequence = 0;
  let opened = false;
  let dead = false;
  const send = (message: ToWriter, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);

  function settle(results: Extract<FromWriter, { kind: 'committed' }>['results']): void {
    const before = lastSequence;
    for (const [, result] of results)
      if (result.ok === true) lastSequence = Math.max(lastSequence, result.lastSequence);
    for (const [number, result] of results) {
      const waiter = waiting.get(number);
      waiting.delete(number);
      if (!waiter) continue;
      if (result.ok === 'error') waiter.reject(fromWireError(result.error));
      else waiter.resolve(toCommitResult(result));
    }
    if (lastSequence > before) events.onAppended();
  }

  const client: WriterClient = {
    commit(unit, nowMs) {
      if (dead) return Promise.reject(writerGone());
      return new Promise((resolve, reject) => {
        const encoded = encodeUnit(unit, nowMs);
        count += 1;
        send({ kind: 'commit', number: count, unit: encoded }, [encoded.entries.buffer as ArrayBuffer]);
        waiting.set(count, { resolve, reject });
      });
    },
    close() {
      if (dead) return Promise.resolve();
      dead = true;
      return new Promise((resolve) => {
        worker.once('exit', () => resolve());
        send({ kind: 'close' });
      });
    },
  };

  function die(error: Error): void {
    if (dead && waiting.size === 0) return;
    dead = true;
    for (const { reject } of waiting.values()) reject(writerGone(error));
    waiting.clear();
    events.onDeath(error);
  }

  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'opened') {
        opened = true;
        lastSequence = message.lastSequence;
        resolve(client);
      } else if (message.kind === 'committed') settle(message.results);
      else if (message.kind === 'refused') {
        dead = true;
        reject(fromWireError(message.error));
        void worker.terminate();
      }
    });
    worker.on('error', (error: Error) => {
      if (opened) die(error);
      else reject(error);
    });
    worker.on('exit', () => {
      if (opened && (!dead || waiting.size > 0)) die(new Error('the writer thread ended'));
    });
  });
}

const writerGone = (cause?: Error): FhirError => {
  const error = fhirError('busy', 'transient', 'The store takes no writes: its writer has ended');
  if (cause) error.cause = cause;
  return error;
};

function toCommitResult(result: Exclude<UnitResult, { ok: 'error' }>): CommitResult {
  if (!result.ok) return result;
  const outcomes = Array.from(result.outcomes, (number) => outcomeNames[number] ?? 'done');
  return { ok: true, outcomes, lastSequence: result.lastSequence };
}
