/** Draws the same sequence for the same seed (mulberry32, by Tommy Ettinger, public domain). */
export interface RandomSource {
  /** A whole number from 0 up to, not including, `below`. */
  readonly whole: (below: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** True once in `n` times. */
  readonly once: (n: number) => boolean;
  /** From `least` to `most` things, drawn one by one. */
  readonly some: <T>(least: number, most: number, draw: (place: number) => T) => T[];
}

export function randomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const whole = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  return {
    whole,
    pick: (from) => {
      const one = from[whole(from.length)];
      if (one === undefined) throw new Error('nothing to pick from');
      return one;
    },
    once: (n) => whole(n) === 0,
    some: (least, most, draw) =>
      Array.from({ length: least + whole(most - least + 1) }, (_, place) => draw(place)),
  };
}
