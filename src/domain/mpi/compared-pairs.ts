import { type Candidates } from './candidates.js';
import { type RecordComparer } from './compare-records.js';
import { type FeatureRecord } from './features.js';

/** Outcomes of many pairs, a row a pair and `width` fields a row. */
export interface ComparedPairs {
  readonly width: number;
  readonly size: number;
  /** Index of the level, row by row. */
  readonly levels: Uint8Array;
  /** log2 of the chance of these very values, `unknownChance` where it is not known. */
  readonly logChances: Float32Array;
}

export function comparePairs(
  { first, second }: Candidates,
  records: readonly FeatureRecord[],
  comparer: RecordComparer,
): ComparedPairs {
  const { levels: found, logChances: chances } = comparer.found;
  const width = found.length;
  const levels = new Uint8Array(first.length * width);
  const logChances = new Float32Array(first.length * width);
  first.forEach((index, row) => {
    const [one, other] = [records[index], records[second[row] ?? 0]];
    if (!one || !other) return;
    comparer.compare(one, other);
    levels.set(found, row * width);
    logChances.set(chances, row * width);
  });
  return { width, size: first.length, levels, logChances };
}
