/** How an answer compares with the truth, in pairs of records. */
export interface Agreement {
  /** Pairs of one person by the truth. */
  readonly truePairs: number;
  /** Pairs of one person by the answer, after closure. */
  readonly foundPairs: number;
  readonly rightPairs: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export type Pair = readonly [first: number, second: number];

export interface Labels {
  /** The person of each record, by the truth and by the answer. */
  readonly truth: readonly string[];
  readonly answer: ArrayLike<number>;
  /** Which pairs count; all where it is left out. */
  readonly counts?: (pair: Pair) => boolean;
}

export function countAgreement({ truth, answer, counts = () => true }: Labels): Agreement {
  const truePairs = [...pairsWithin(truth)].filter(counts).length;
  const found = [...pairsWithin(Array.from(answer))].filter(counts);
  const rightPairs = found.filter(([first, second]) => truth[first] === truth[second]).length;
  return {
    truePairs,
    foundPairs: found.length,
    rightPairs,
    precision: found.length === 0 ? 1 : rightPairs / found.length,
    recall: truePairs === 0 ? 1 : rightPairs / truePairs,
    f1: truePairs + found.length === 0 ? 1 : (2 * rightPairs) / (truePairs + found.length),
  };
}

/** All pairs of records with one label. */
export function* pairsWithin(labels: readonly (string | number)[]): Generator<Pair> {
  const groups = new Map<string | number, number[]>();
  for (const [second, label] of labels.entries()) {
    const group = groups.get(label) ?? [];
    for (const first of group) yield [first, second];
    group.push(second);
    groups.set(label, group);
  }
}
