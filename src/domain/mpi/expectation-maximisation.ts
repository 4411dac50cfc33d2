import { type ComparedPairs } from './compared-pairs.js';
import { oddsOf } from './model.js';
import { type Probabilities, sharesOf } from './probabilities.js';

export interface EmStart {
  /** Probability that a random pair is of one person. */
  readonly prior: number;
  readonly m: Probabilities;
  /** Kept as it is: random pairs give it better than candidates can. */
  readonly u: Probabilities;
  /** Pairs that could have been compared; those that are no candidates count as different persons. */
  readonly possiblePairs: number;
}

export interface EmResult {
  readonly prior: number;
  readonly m: Probabilities;
  readonly rounds: number;
}

const mostRounds = 50;
const smallestChange = 1e-4;

/**
 * Expectation-maximisation for the m-probabilities and the prior, without labels: pairs get posteriors by the present
 * probabilities (term frequencies included), the posteriors' sums give the next ones. Dempster, Laird, Rubin (1977);
 * for record linkage Winkler (1988).
 */
export function expectationMaximisation(pairs: ComparedPairs, start: EmStart): EmResult {
  let { prior, m } = start;
  for (let round = 1; ; round++) {
    const { counts, total } = expect(pairs, { ...start, prior, m });
    const next = counts.map(sharesOf);
    const change = largestChange(m, next);
    prior = total / start.possiblePairs;
    m = next;
    if (change < smallestChange || round === mostRounds) return { prior, m, rounds: round };
  }
}

/** Sums of the posteriors by field and level, and in all. */
function expect(pairs: ComparedPairs, { prior, m, u }: EmStart): { counts: number[][]; total: number } {
  const { width, size, levels, logChances } = pairs;
  const logM = m.map((shares) => Float64Array.from(shares, Math.log2));
  const logU = u.map((shares) => Float64Array.from(shares, Math.log2));
  const counts = m.map((shares) => shares.map(() => 0));
  const priorWeight = Math.log2(oddsOf(prior));
  let total = 0;
  for (let row = 0; row < size; row++) {
    let weight = priorWeight;
    for (let field = 0, cell = row * width; field < width; field++, cell++) {
      const level = levels[cell] ?? 0;
      const logChance = logChances[cell] ?? 1;
      weight += (logM[field]?.[level] ?? 0) - (logChance <= 0 ? logChance : (logU[field]?.[level] ?? 0));
    }
    const posterior = 1 / (1 + 2 ** -weight);
    total += posterior;
    counts.forEach((sums, field) => {
      const level = levels[row * width + field] ?? 0;
      sums[level] = (sums[level] ?? 0) + posterior;
    });
  }
  return { counts, total };
}

const largestChange = (before: Probabilities, after: Probabilities): number =>
  Math.max(
    ...before.flatMap((shares, field) =>
      shares.map((share, level) => Math.abs(share - (after[field]?.[level] ?? 0))),
    ),
  );
