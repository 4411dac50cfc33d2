import { readAnswer, type UnitResult } from './load-unit-answer.js';
import { type LoadUnit, requestIdOf } from './load-unit.js';
import { UnreadableInput } from './read-units.js';
import { NoAnswer, type PatientClient, sendPatiently } from './send-patiently.js';

export interface LoadTotals {
  /** Accepted records by type. */
  readonly accepted: Map<string, number>;
  /** Of these, answered 201 Created; a repeat that the server recognises is answered so again. */
  created: number;
  /** One line each: name and reason. */
  readonly refused: string[];
  requests: number;
}

export interface LoadJob<Unit extends LoadUnit = LoadUnit> {
  readonly units: AsyncIterable<Unit | UnreadableInput> | Iterable<Unit | UnreadableInput>;
  readonly targetOf: (unit: Unit) => PatientClient;
  /** Requests under way at the same time. */
  readonly parallel: number;
  /** Called after each answered request. */
  readonly onAnswer?: (unit: Unit, result: UnitResult) => void;
}

export const newTotals = (): LoadTotals => ({ accepted: new Map(), created: 0, refused: [], requests: 0 });

/**
 * Sends units and adds to the totals. What was refused is sent again, with the same X-Request-ID, when everything else
 * is through, as long as that gets more of it accepted: it may have referred to what came later. Rejects with NoAnswer
 * when the server stays away for longer than the target's patience.
 */
export async function loadUnits<Unit extends LoadUnit>(
  job: LoadJob<Unit>,
  totals: LoadTotals,
): Promise<void> {
  let again = await sendAll(job, totals);
  while (again.length > 0) {
    const before = count(again);
    const rest = await sendAll({ ...job, units: again.map(({ unit }) => unit) }, totals, again);
    const after = count(rest);
    again = rest;
    if (after >= before) break;
  }
  totals.refused.push(...again.flatMap(({ result }) => result.refused));
}

interface Refused<Unit> {
  readonly unit: Unit;
  readonly result: UnitResult;
}

const count = (list: readonly Refused<unknown>[]): number =>
  list.reduce((sum, { result }) => sum + result.refused.length, 0);

/** Sends each unit once; `earlier` are results that the new ones replace. Gives those with refusals. */
async function sendAll<Unit extends LoadUnit>(
  job: LoadJob<Unit>,
  totals: LoadTotals,
  earlier: readonly Refused<Unit>[] = [],
): Promise<Refused<Unit>[]> {
  const refused: Refused<Unit>[] = [];
  const before = new Map(earlier.map(({ unit, result }) => [unit, result]));
  const source = toIterator(job.units);
  let failed: unknown;
  const worker = async (): Promise<void> => {
    while (failed === undefined) {
      const next = await source.next();
      if (next.done) return;
      if (next.value instanceof UnreadableInput) {
        totals.refused.push(next.value.message);
        continue;
      }
      const unit = next.value;
      const result = await sendUnit(job.targetOf(unit), unit);
      addResult(totals, result, before.get(unit));
      if (result.refused.length > 0) refused.push({ unit, result });
      job.onAnswer?.(unit, result);
    }
  };
  const workers = Array.from({ length: job.parallel }, () =>
    worker().catch((error: unknown) => {
      failed ??= error;
    }),
  );
  await Promise.all(workers);
  if (failed !== undefined) throw failed instanceof Error ? failed : new NoAnswer('failed');
  return refused;
}

/** Hands out one item at a time, however many ask. */
function toIterator<T>(units: AsyncIterable<T> | Iterable<T>): { next(): Promise<IteratorResult<T>> } {
  const iterator = Symbol.asyncIterator in units ? units[Symbol.asyncIterator]() : units[Symbol.iterator]();
  let turn: Promise<unknown> = Promise.resolve();
  return {
    next() {
      const mine = turn.then(() => iterator.next());
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}

async function sendUnit(target: PatientClient, unit: LoadUnit): Promise<UnitResult> {
  const answer = await sendPatiently(target, {
    method: 'POST',
    path: '',
    body: unit.text,
    headers: { 'x-request-id': requestIdOf(unit), prefer: 'return=minimal' },
  });
  return readAnswer(unit, answer);
}

function addResult(totals: LoadTotals, result: UnitResult, replaced: UnitResult | undefined): void {
  totals.requests += 1;
  totals.created += result.created - (replaced?.created ?? 0);
  for (const [type, n] of result.accepted) totals.accepted.set(type, (totals.accepted.get(type) ?? 0) + n);
  for (const [type, n] of replaced?.accepted ?? []) {
    totals.accepted.set(type, (totals.accepted.get(type) ?? 0) - n);
  }
}
