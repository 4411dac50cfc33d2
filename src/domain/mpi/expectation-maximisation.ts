import { type ComparedPairs } from './compared-pairs.js';
import { type Probabilities, sharesOf } from './probabilities.js';

/** A kind of pair: how likely a random pair is of it, and how often pairs of it come out at each level. */
export interface PairClass {
  readonly prior: number;
  readonly levels: Probabilities;
}

export interface EmStart {
  /** Pairs of one person. */
  readonly same: PairClass;
  /** Pairs of relatives, where the records have households. */
  readonly relatives?: PairClass;
  /** Levels of all other pairs, kept as they are: random pairs give them better than candidates can. */
  readonly u: Probabilities;
  /** Pairs that could have been compared; those that are no candidates count as strangers. */
  readonly possiblePairs: number;
}

export type EmResult = Pick<EmStart, 'same' | 'relatives'>;

const mostRounds = 50;
const smallestChange = 1e-4;

/**
 * Expectation-maximisation of the classes "same person" and "relatives" against strangers, without labels: pairs get
 * posteriors by the present probabilities (term frequencies included), the sums of the posteriors give the next ones.
 * Dempster, Laird, Rubin (1977); for record linkage Winkler (1988).
 */
export function expectationMaximisation(pairs: ComparedPairs, start: EmStart): EmResult {
  let { same, relatives } = start;
  for (let round = 1; ; round++) {
    const before = same.levels;
    const sums = expect(pairs, { ...start, same, ...(relatives && { relatives }) });
    same = classOf(sums.same, start.possiblePairs);
    relatives &&= classOf(sums.relatives, start.possiblePairs);
    if (largestChange(before, same.levels) < smallestChange || round === mostRounds)
      return { same, ...(relatives && { relatives }) };
  }
}

/** Sums of the posteriors of a class: in all, and by field and level. */
interface Sums {
  total: number;
  readonly counts: number[][];
}

const classOf = ({ total, counts }: Sums, possiblePairs: number): PairClass => ({
  prior: total / possiblePairs,
  levels: counts.map(sharesOf),
});

function expect(
  { width, size, levels, logChances }: ComparedPairs,
  { same, relatives, u }: EmStart,
): { same: Sums; relatives: Sums } {
  const [logM, logR, logU] = [
    logarithms(same.levels),
    logarithms(relatives?.levels ?? same.levels),
    logarithms(u),
  ];
  const stranger = 1 - same.prior - (relatives?.prior ?? 0);
  const [priorM, priorR] = [same.prior / stranger, (relatives?.prior ?? 0) / stranger];
  const sums = { same: emptySums(u), relatives: emptySums(u) };
  for (let row = 0; row < size; row++) {
    let [bitsM, bitsR] = [0, 0];
    for (let field = 0, cell = row * width; field < width; field++, cell++) {
      const level = levels[cell] ?? 0;
      const logChance = logChances[cell] ?? 1;
      const bits = logChance <= 0 ? logChance : (logU[field]?.[level] ?? 0);
      bitsM += (logM[field]?.[level] ?? 0) - bits;
      bitsR += (logR[field]?.[level] ?? 0) - bits;
    }
    const [oddsM, oddsR] = [priorM * 2 ** bitsM, priorR * 2 ** bitsR];
    const all = 1 + oddsM + oddsR;
    const found = levels.subarray(row * width, (row + 1) * width);
    add(sums.same, found, oddsM / all);
    if (relatives) add(sums.relatives, found, oddsR / all);
  }
  return sums;
}

const logarithms = (levels: Probabilities): Float64Array[] =>
  levels.map((shares) => Float64Array.from(shares, Math.log2));

const emptySums = (levels: Probabilities): Sums => ({
  total: 0,
  counts: levels.map((shares) => shares.map(() => 0)),
});

function add(sums: Sums, levels: Uint8Array, posterior: number): void {
  sums.total += posterior;
  for (let field = 0; field < levels.length; field++) {
    const counts = sums.counts[field];
    const level = levels[field] ?? 0;
    if (counts) counts[level] = (counts[level] ?? 0) + posterior;
  }
}

const largestChange = (before: Probabilities, after: Probabilities): number =>
  Math.max(
    ...before.flatMap((shares, field) =>
      shares.map((share, level) => Math.abs(share - (after[field]?.[level] ?? 0))),
    ),
  );
