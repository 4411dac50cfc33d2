// Distances of short strings: talisman's, asked only where the letters of two words do not already tell.

import { limited } from 'talisman/metrics/damerau-levenshtein.js';
import similarityOf from 'talisman/metrics/jaro-winkler.js';

import { remember } from './remember.js';
import { textHash } from './text-hash.js';

/** A text made ready for many comparisons. */
export interface Word {
  readonly text: string;
  readonly length: number;
  /** Equal for equal texts. */
  readonly hash: number;
  /** Which letters occur, a bit for each character code modulo 32. */
  readonly letters: number;
}

export const wordOf = remember((text): Word => {
  let letters = 0;
  for (let place = 0; place < text.length; place++) letters |= 1 << (text.charCodeAt(place) & 31);
  return { text, length: text.length, hash: textHash(text), letters };
});

/** Jaro's similarity costs the product of both lengths. */
const longest = 64;
const prefixBonus = 0.1;
const longestPrefix = 4;

/**
 * {@link jaroWinkler} of two words, or 0 where it is below `least`. A letter that the other word lacks has no partner, so
 * most pairs are refused by their letters alone.
 */
export function similarityFrom(least: number, one: Word, other: Word): number {
  const partners = one.length - bitCount(one.letters & ~other.letters);
  const otherPartners = other.length - bitCount(other.letters & ~one.letters);
  const bound = (partners / one.length + otherPartners / other.length + 1) / 3;
  if (withPrefix(bound, longestPrefix) < least) return 0;
  if (withPrefix(bound, sharedPrefix(one.text, other.text)) < least) return 0;
  const similarity = jaroWinkler(one.text, other.text);
  return similarity >= least ? similarity : 0;
}

/** {@link isOneEdit} of two words: one edit brings at most one letter that the other word lacks. */
export function isOneEditAway(one: Word, other: Word): boolean {
  const [lacking, otherLacking] = [one.letters & ~other.letters, other.letters & ~one.letters];
  const few = (lacking & (lacking - 1)) === 0 && (otherLacking & (otherLacking - 1)) === 0;
  return few && isOneEdit(one.text, other.text);
}

/**
 * Similarity of Jaro and Winkler, 0 to 1: common characters within half the longer length, transpositions, and from a
 * similarity of 0.7 a bonus of 0.1 for each of up to four first characters in common. Winkler, W. E. (1990), String
 * Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage. What is longer than 64
 * units is cut.
 */
export const jaroWinkler = (one: string, other: string): number =>
  similarityOf(one.slice(0, longest), other.slice(0, longest));

/** Winkler's bonus on a similarity of Jaro's. */
const withPrefix = (jaro: number, prefix: number): number => jaro + prefix * prefixBonus * (1 - jaro);

function sharedPrefix(one: string, other: string): number {
  const end = Math.min(longestPrefix, one.length, other.length);
  let prefix = 0;
  while (prefix < end && one.charCodeAt(prefix) === other.charCodeAt(prefix)) prefix++;
  return prefix;
}

/** Ones in the 32 bits of a number (Warren, Hacker's Delight, 5-1). */
function bitCount(bits: number): number {
  let sum = bits - ((bits >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Whether one edit (a character more, less or other, or two neighbours changed over) leads from one string to the
 * other: Damerau and Levenshtein's distance of 1.
 */
export const isOneEdit = (one: string, other: string): boolean => limited(1, one, other) === 1;
