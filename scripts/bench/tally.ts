export interface FireResult {
  readonly perSecond: number;
  readonly p95Ms: number;
  /** Answers other than 2xx, and broken connections. */
  readonly failed: number;
}

/** What became of the pieces of work of one turn. */
export interface Tally {
  ok: number;
  failed: number;
  readonly timesMs: number[];
}

export const newTally = (): Tally => ({ ok: 0, failed: 0, timesMs: [] });

/** Sorts the times in place. */
export function resultOf({ ok, failed, timesMs }: Tally, seconds: number): FireResult {
  timesMs.sort((a, b) => a - b);
  return {
    perSecond: ok / seconds,
    p95Ms: timesMs[Math.floor(timesMs.length * 0.95)] ?? Number.NaN,
    failed,
  };
}

/** How many at a time, and for how long. */
export interface Turn {
  readonly connections: number;
  readonly seconds: number;
}

/** Does the same work over and over, some at a time. Rejects as soon as one of it does. */
export async function repeat(
  work: () => Promise<unknown>,
  { connections, seconds }: Turn,
): Promise<FireResult> {
  const tally = newTally();
  const started = performance.now();
  const ends = started + seconds * 1000;
  const keepBusy = async (): Promise<void> => {
    for (let began = performance.now(); began < ends; began = performance.now()) {
      await work();
      tally.ok += 1;
      tally.timesMs.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: connections }, keepBusy));
  return resultOf(tally, (performance.now() - started) / 1000);
}
