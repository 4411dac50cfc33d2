// What is used of talisman, which brings no types.

declare module 'talisman/metrics/jaro-winkler.js' {
  /** Similarity of Jaro and Winkler, 0 to 1. */
  export default function jaroWinkler(one: string, other: string): number;
}

declare module 'talisman/metrics/damerau-levenshtein.js' {
  /** Distance of Damerau and Levenshtein, Infinity where it is above `max`. */
  export function limited(max: number, one: string, other: string): number;
}
