import type { FireResult } from './tally.js';

export interface SideBySide {
  readonly ours: FireResult;
  readonly other: FireResult;
  /** Median of the rounds' ratios, ours to theirs. */
  readonly ratio: number;
}

export interface Sides {
  readonly rounds: number;
  readonly seconds: number;
  readonly ours: (seconds: number) => Promise<FireResult>;
  readonly other: (seconds: number) => Promise<FireResult>;
}

const warmSeconds = 2;

/**
 * Both sides warmed up, then in turn, `rounds` times, the first one changing: neighbours on the machine hurt both
 * alike. Medians. Rejects when a request failed: a rate of refusals says nothing.
 */
export async function sideBySide({ rounds, seconds, ours, other }: Sides): Promise<SideBySide> {
  all(await ours(warmSeconds));
  all(await other(warmSeconds));
  const results: { ours: FireResult; other: FireResult }[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0 ? all(await ours(seconds)) : undefined;
    const second = all(await other(seconds));
    results.push({ ours: first ?? all(await ours(seconds)), other: second });
  }
  return {
    ours: medianResult(results.map((round) => round.ours)),
    other: medianResult(results.map((round) => round.other)),
    ratio: median(results.map((round) => round.ours.perSecond / round.other.perSecond)),
  };
}

function all(result: FireResult): FireResult {
  if (result.failed > 0) throw new Error(`${result.failed} requests were not answered with 2xx`);
  return result;
}

/** The lower median. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const medianResult = (results: readonly FireResult[]): FireResult => ({
  perSecond: median(results.map((result) => result.perSecond)),
  p95Ms: median(results.map((result) => result.p95Ms)),
  failed: 0,
});
