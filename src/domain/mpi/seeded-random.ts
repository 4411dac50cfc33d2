import { textHash } from './text-hash.js';

/**
 * Numbers uniform in [0, 1), the same for the same seed on every machine (Tommy Ettinger's mulberry32): for samples and
 * random pairs, not for secrets.
 */
export function seededRandom(seed: string): () => number {
  let state = textHash(seed);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
