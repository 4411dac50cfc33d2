import { oddsOf } from './model.js';
import { type ScoredPairs } from './scored-pairs.js';

/** Share of the surely linked records that may have a second sure partner where files still link one to one. */
const mostDoubles = 0.01;

/**
 * Whether the data says that a record of one file has at most one partner in the other: hardly any record is surely
 * linked twice. It never is assumed: a file with duplicates in itself shows here.
 */
export function isOneToOne({ first, second, weight }: ScoredPairs, sureWeight: number): boolean {
  const partners = new Map<number, number>();
  weight.forEach((value, row) => {
    if (value < sureWeight) return;
    for (const index of [first[row] ?? 0, second[row] ?? 0])
      partners.set(index, (partners.get(index) ?? 0) + 1);
  });
  let doubles = 0;
  for (const count of partners.values()) if (count > 1) doubles++;
  return doubles <= partners.size * mostDoubles;
}

export interface OneToOneOptions {
  /** Records of each file. */
  readonly sizes: readonly [number, number];
  /** The prior that the weights contain. */
  readonly prior: number;
  /** Posterior from which a pair is a link. */
  readonly threshold: number;
}

/**
 * Posteriors of pairs where each record has at most one partner. A pair competes with the other candidates of both its
 * records: its odds stand against one (none of the candidates) and the sum of theirs. What is linked is taken out, and
 * the prior is estimated again among the records that are left: where few remain, a random pair of them is more likely
 * to be one person than a random pair of all; it never falls, for a few pairs say little. Repeated until nothing new
 * is linked.
 *
 * @returns the posterior of each row; 0 where a record of it was linked elsewhere
 */
export function matchOneToOne(
  pairs: ScoredPairs,
  { sizes, prior, threshold }: OneToOneOptions,
): Float64Array {
  const posteriors = new Float64Array(pairs.weight.length);
  let open = [...pairs.weight.keys()];
  let [free, otherFree] = sizes;
  const odds = Float64Array.from(pairs.weight, (weight) => 2 ** weight / oddsOf(prior));
  for (let ratio = oddsOf(prior); open.length > 0;) {
    const sums = sumByRecord(pairs, open, (row) => (odds[row] ?? 0) * ratio);
    const taken = new Set<number>();
    for (const row of open) {
      const [first, second] = [pairs.first[row] ?? 0, pairs.second[row] ?? 0];
      const most = Math.max(sums.get(first) ?? 0, sums.get(second) ?? 0);
      const posterior = ((odds[row] ?? 0) * ratio) / (1 + most);
      posteriors[row] = posterior;
      if (posterior >= threshold) taken.add(first).add(second);
    }
    if (taken.size === 0) break;
    free -= taken.size / 2;
    otherFree -= taken.size / 2;
    open = open.filter((row) => {
      const gone = taken.has(pairs.first[row] ?? 0) || taken.has(pairs.second[row] ?? 0);
      if (gone && (posteriors[row] ?? 0) < threshold) posteriors[row] = 0;
      return !gone;
    });
    const left = open.map((row) => odds[row] ?? 0);
    ratio = Math.max(ratio, estimateOdds(left, { possible: free * otherFree, start: ratio }));
  }
  return posteriors;
}

function sumByRecord(
  { first, second }: ScoredPairs,
  rows: readonly number[],
  value: (row: number) => number,
): Map<number, number> {
  const sums = new Map<number, number>();
  for (const row of rows) {
    for (const index of [first[row] ?? 0, second[row] ?? 0])
      sums.set(index, (sums.get(index) ?? 0) + value(row));
  }
  return sums;
}

/** EM for the prior alone: the share of `possible` pairs that the posteriors add up to. */
function estimateOdds(
  odds: readonly number[],
  { possible, start }: { readonly possible: number; readonly start: number },
): number {
  let ratio = start;
  for (let round = 0; round < 30; round++) {
    const expected = odds.reduce((sum, value) => sum + (value * ratio) / (1 + value * ratio), 0);
    ratio = oddsOf(Math.min(expected / possible, 0.5));
  }
  return ratio;
}
