import { type FeatureRecord } from './features.js';

/** Pairs to compare, as indexes into the records, the lower first. */
export interface Candidates {
  readonly first: Uint32Array;
  readonly second: Uint32Array;
  /** Blocks larger than allowed (ten thousand people with one phone): their keys made no pairs. */
  readonly cut: { readonly blocks: number; readonly largest: number };
}

export interface CandidateOptions {
  /** Records a block may hold. */
  readonly largestBlock: number;
  /** Where the second of two files begins: then only pairs across it count. */
  readonly boundary?: number;
}

/** All pairs of records that share a blocking key, each once. */
export function findCandidates(records: readonly FeatureRecord[], options: CandidateOptions): Candidates {
  const partners = records.map(() => new Set<number>());
  const cut = { blocks: 0, largest: 0 };
  for (const block of blocksOf(records).values()) {
    if (block.length <= options.largestBlock) addPairs(block, partners, options.boundary);
    else {
      cut.blocks++;
      cut.largest = Math.max(cut.largest, block.length);
    }
  }
  return { ...flatten(partners), cut };
}

/**
 * The size of block, `largestBlock` at most, up to which all blocks together make no more than `mostPairs` pairs (a pair
 * of two blocks counted twice): what candidates cost in memory is known before they are made.
 */
export function limitBlocks(
  records: readonly FeatureRecord[],
  { largestBlock, mostPairs }: { readonly largestBlock: number; readonly mostPairs: number },
): number {
  const blocksBySize = new Uint32Array(largestBlock + 1);
  for (const { length } of blocksOf(records).values())
    if (length <= largestBlock) blocksBySize[length] = (blocksBySize[length] ?? 0) + 1;
  let pairs = 0;
  for (let size = 2; size <= largestBlock; size++) {
    pairs += ((blocksBySize[size] ?? 0) * size * (size - 1)) / 2;
    if (pairs > mostPairs) return size - 1;
  }
  return largestBlock;
}

/** Indexes of the records of each key, rising. */
function blocksOf(records: readonly FeatureRecord[]): Map<string, number[]> {
  const blocks = new Map<string, number[]>();
  for (const [index, { blockingKeys }] of records.entries()) {
    for (const key of new Set(blockingKeys)) {
      const block = blocks.get(key);
      if (block) block.push(index);
      else blocks.set(key, [index]);
    }
  }
  return blocks;
}

function addPairs(block: readonly number[], partners: readonly Set<number>[], boundary?: number): void {
  for (const [place, lower] of block.entries()) {
    if (boundary !== undefined && lower >= boundary) return;
    for (let next = place + 1; next < block.length; next++) {
      const upper = block[next] ?? lower;
      if (boundary === undefined || upper >= boundary) partners[lower]?.add(upper);
    }
  }
}

function flatten(partners: readonly Set<number>[]): { first: Uint32Array; second: Uint32Array } {
  const size = partners.reduce((sum, set) => sum + set.size, 0);
  const [first, second] = [new Uint32Array(size), new Uint32Array(size)];
  let row = 0;
  for (const [lower, set] of partners.entries()) {
    for (const upper of set) {
      first[row] = lower;
      second[row++] = upper;
    }
  }
  return { first, second };
}
