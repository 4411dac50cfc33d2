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

export interface Labels {
  /** The person of each record by the truth, and by the answer. */
  readonly truth: readonly string[];
  readonly answer: ArrayLike<number>;
  /** Where the second of two files begins: then only pairs across it count. */
  readonly boundary?: number;
}

export function countAgreement({ truth, answer, boundary = Infinity }: Labels): Agreement {
  const isSecond = (index: number): boolean => index >= boundary;
  const count = (labelOf: (index: number) => string): number =>
    countPairs(
      truth.map((_, index) => ({ label: labelOf(index), second: isSecond(index) })),
      boundary < Infinity,
    );
  const truePairs = count((index) => truth[index] ?? '');
  const foundPairs = count((index) => String(answer[index]));
  const rightPairs = count((index) => `${answer[index]} ${truth[index]}`);
  return {
    truePairs,
    foundPairs,
    rightPairs,
    precision: foundPairs === 0 ? 1 : rightPairs / foundPairs,
    recall: truePairs === 0 ? 1 : rightPairs / truePairs,
    f1: truePairs + foundPairs === 0 ? 1 : (2 * rightPairs) / (truePairs + foundPairs),
  };
}

/** Pairs of records with one label, from the sizes of the groups. */
function countPairs(records: readonly { label: string; second: boolean }[], across: boolean): number {
  const sizes = new Map<string, [number, number]>();
  for (const { label, second } of records) {
    const size = sizes.get(label) ?? [0, 0];
    size[second ? 1 : 0]++;
    sizes.set(label, size);
  }
  let pairs = 0;
  for (const [first, second] of sizes.values()) {
    pairs += across ? first * second : (first * (first - 1)) / 2;
  }
  return pairs;
}
