import { setTimeout as pause } from 'node:timers/promises';

import { mongo } from 'mongoose';

import { FhirError, fhirError } from '../../fhir/fhir-error.js';
import type { CommitResult, CommitUnit } from '../../ports/store.js';
import { commitGroup, isPassing, type CommitContext, type GroupResult } from './commit.js';

/** Collects units that arrive while a transaction runs and commits them together with the next one. */
export interface GroupWriter {
  commit(unit: CommitUnit): Promise<CommitResult>;
  /** Resolves when everything that was handed in is decided. */
  drained(): Promise<void>;
}

interface Waiting {
  readonly unit: CommitUnit;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
  /** Failed together with others and is tried alone, so that the fault of one is not that of the others. */
  readonly alone?: true;
}

/** After each commit other processes on the store get so long to come first. */
const othersTurnMs = 4;
const mostChanges = 2_000;
const mostBytes = 16 * 1024 * 1024;
/** A document may have 16 MiB; fields beside the body need room too. */
const longestBody = 15.5 * 1024 * 1024;

export interface WriterEvents {
  /** The log has grown up to a sequence. */
  readonly onAppended: (lastSequence: number) => void;
  /** No other process commits to the store at the moment. */
  readonly alone: () => boolean;
}

export function createGroupWriter(context: CommitContext, { onAppended, alone }: WriterEvents): GroupWriter {
  const queue: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (queue.length > 0) {
      const group = takeGroup(queue);
      const units = group.map(({ unit }) => unit);
      await commitGroup(context, units).then(
        (done) => settle(group, done),
        (error: unknown) => fail(group, error),
      );
      if (queue.length > 0 && !alone()) await pause(othersTurnMs);
    }
    // In the same breath as the look at the queue: a unit that comes now starts the next run.
    running = undefined;
  }

  function settle(group: readonly Waiting[], { results, appendedUpTo }: GroupResult): void {
    queue.unshift(...group.filter(({ unit }) => !results.has(unit)));
    for (const { unit, resolve } of group) {
      const result = results.get(unit);
      if (result) resolve(result);
    }
    if (appendedUpTo !== undefined) onAppended(appendedUpTo);
  }

  function fail(group: readonly Waiting[], error: unknown): void {
    if (group.length > 1 && isOfOneUnit(error)) {
      queue.unshift(...group.map((waiting) => ({ ...waiting, alone: true as const })));
      return;
    }
    const refused = isOfOneUnit(error) ? group : [...group, ...queue.splice(0)];
    for (const { reject } of refused) reject(error);
  }

  return {
    commit(unit) {
      const place = unit.changes.findIndex(
        (change) => 'body' in change && Buffer.byteLength(change.body) > longestBody,
      );
      if (place >= 0) {
        throw fhirError('too-large', 'too-long', 'The store takes no resource above 15.5 MB');
      }
      return new Promise((resolve, reject) => {
        queue.push({ unit, resolve, reject });
        running ??= run();
      });
    },
    async drained() {
      while (running) await running;
    },
  };
}

/** Not that the server is away or others were in the way: then each unit, and what waits behind, would wait as long again. */
const isOfOneUnit = (error: unknown): boolean =>
  !isPassing(error) &&
  !(error instanceof FhirError) &&
  (!(error instanceof mongo.MongoError) || error instanceof mongo.MongoServerError);

function takeGroup(queue: Waiting[]): Waiting[] {
  let changes = 0;
  let bytes = 0;
  let count = 0;
  for (const { unit, alone } of queue) {
    changes += unit.changes.length;
    for (const change of unit.changes) if ('body' in change) bytes += change.body.length;
    if (count > 0 && (alone || changes > mostChanges || bytes > mostBytes)) break;
    count += 1;
    if (alone) break;
  }
  return queue.splice(0, count);
}
