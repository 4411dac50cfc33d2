import { type Candidates } from './candidates.js';
import { type FeatureRecord } from './features.js';
import { type Scorer } from './scorer.js';

/** Pairs of records, as indexes, with their match weight in bits. */
export interface ScoredPairs {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  readonly weight: Float64Array;
}

export interface ScoreOptions {
  readonly records: readonly FeatureRecord[];
  readonly scorer: Scorer;
  /** Weight from which a pair is kept: most candidates are nothing. */
  readonly least: number;
}

export function scorePairs(
  { first, second }: Candidates,
  { records, scorer, least }: ScoreOptions,
): ScoredPairs {
  const weights = new Float64Array(first.length).fill(-Infinity);
  first.forEach((index, row) => {
    const [one, other] = [records[index], records[second[row] ?? 0]];
    if (one && other) weights[row] = scorer.score(one, other);
  });
  const isKept = (_: number, row: number): boolean => (weights[row] ?? 0) >= least;
  return { first: first.filter(isKept), second: second.filter(isKept), weight: weights.filter(isKept) };
}
