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
  /** The data were last used in another file, when they were opened. */
  readonly copied: boolean;
  /** After what is queued. */
  close(): Promise<void>;
}

export interface WriterEvents {
  /** A commit appended to the log. */
  readonly onAppended: () => void;
  /** The disk failed a commit (with SQLite's words), or took one; called for every group. */
  readonly onStorage: (failure: string | undefined) => void;
  /** The thread ended without being asked to. */
  readonly onDeath: (error: Error) => void;
}

interface Waiting {
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: FhirError) => void;
}

interface Line {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  readonly events: WriterEvents;
  /** Number of the last unit sent. */
  sent: number;
  lastSequence: number;
  state: 'opening' | 'open' | 'closing' | 'dead';
}

/** Resolves when the data is open and migrated; rejects with the reason where it can't be. */
export function startWriter(settings: WriterSettings, events: WriterEvents): Promise<WriterClient> {
  const worker = new Worker(threadUrl('writer-thread'), { workerData: settings });
  const line: Line = { worker, waiting: new Map(), events, sent: 0, lastSequence: 0, state: 'opening' };
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'opened') {
        line.state = 'open';
        line.lastSequence = message.lastSequence;
        resolve({
          copied: message.copied,
          commit: (unit, nowMs) => send(line, unit, nowMs),
          close: () => close(line),
        });
      } else if (message.kind === 'committed') settle(line, message.results);
      else if (message.kind === 'refused') {
        reject(fromWireError(message.error));
        void worker.terminate();
      }
    });
    worker.on('error', (error: Error) => {
      if (line.state === 'opening') reject(error);
      else die(line, error);
    });
    worker.on('exit', () => {
      if (line.state === 'open' || line.waiting.size > 0) die(line, new Error('the writer thread ended'));
    });
  });
}

function send(line: Line, unit: CommitUnit, nowMs: number): Promise<CommitResult> {
  if (line.state !== 'open') return Promise.reject(writerGone());
  return new Promise((resolve, reject) => {
    const encoded = encodeUnit(unit, nowMs);
    line.sent += 1;
    const message: ToWriter = { kind: 'commit', number: line.sent, unit: encoded };
    line.worker.postMessage(message, [encoded.entries.buffer as ArrayBuffer]);
    line.waiting.set(line.sent, { resolve, reject });
  });
}

function close(line: Line): Promise<void> {
  if (line.state !== 'open') return Promise.resolve();
  line.state = 'closing';
  return new Promise((resolve) => {
    line.worker.once('exit', () => resolve());
    line.worker.postMessage({ kind: 'close' } satisfies ToWriter);
  });
}

function settle(line: Line, results: Extract<FromWriter, { kind: 'committed' }>['results']): void {
  const before = line.lastSequence;
  line.events.onStorage(storageFailure(results));
  for (const [number, result] of results) {
    if (result.ok === true) line.lastSequence = Math.max(line.lastSequence, result.lastSequence);
    const waiter = line.waiting.get(number);
    line.waiting.delete(number);
    if (!waiter) continue;
    if (result.ok === 'error') waiter.reject(fromWireError(result.error));
    else waiter.resolve(toCommitResult(result));
  }
  if (line.lastSequence > before) line.events.onAppended();
}

/** What SQLite said where the disk failed the group. */
function storageFailure(results: Extract<FromWriter, { kind: 'committed' }>['results']): string | undefined {
  for (const [, result] of results) {
    if (result.ok === 'error' && result.error.category === 'busy') return result.error.cause;
  }
  return undefined;
}

function die(line: Line, error: Error): void {
  if (line.state === 'dead') return;
  line.state = 'dead';
  for (const { reject } of line.waiting.values()) reject(writerGone(error));
  line.waiting.clear();
  line.events.onDeath(error);
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
