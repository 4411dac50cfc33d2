/** A probability a level, field by field; of each field the first (absent) is 1 and the others add up to 1. */
export type Probabilities = readonly (readonly number[])[];

/** What a level counts beside what was seen, so that nothing is impossible. */
const smoothing = 0.5;

/** Shares of the levels of a field where it is present on both sides. */
export function sharesOf(counts: readonly number[]): number[] {
  const sum = counts.slice(1).reduce((total, count) => total + count + smoothing, 0);
  return counts.map((count, level) => (level === 0 ? 1 : (count + smoothing) / sum));
}
