import { type Candidates } from './candidates.js';
import { type RecordComparer } from './compare-records.js';
import { type FeatureRecord } from './features.js';

/** Outcomes of many pairs, a row a pair and `width` fields a row. */
export interface ComparedPairs {
  readonly width: number;
  readonly size: number;
  /** Index of the level, row by row. */
  readonly levels: Uint8Array;
  /** log2 of the chance of these very values, 1 where it is not known (a probability's logarithm never is positive). */
  readonly logChances: Float32Array;
}

export function comparePairs(
  { first, second }: Candidates,
  records: readonly FeatureRecord[],
  comparer: RecordComparer,
): ComparedPairs {
  const { levels: found, chances } = comparer.found;
  const width = found.length;
  const levels = new Uint8Array(first.length * width);
  const logChances = new Float32Array(first.length * width).fill(1);
  first.forEach((index, row) => {
    const [one, other] = [records[index], records[second[row] ?? 0]];
    if (!one || !other) return;
    comparer.compare(one, other);
    levels.set(found, row * width);
    chances.forEach((chance, field) => {
      if (chance > 0) logChances[row * width + field] = Math.log2(chance);
    });
  });
  return { width, size: first.length, levels, logChances };
}
