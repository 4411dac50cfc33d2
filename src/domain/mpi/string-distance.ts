// Distances of short strings, on buffers that are used again: a pair costs no allocation. Packages at hand either know
// no swapped neighbours or allocate with each call, and none can stop early by the letters of a word.

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

const longest = 64;
const firstTaken = new Uint8Array(longest);
const otherTaken = new Uint8Array(longest);
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
 * Similarity of Jaro and Winkler, 0 to 1: common characters within half the longer length, transpositions, and a bonus
 * of 0.1 for each of up to four first characters in common. Winkler, W. E. (1990), String Comparator Metrics and
 * Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage. What is longer than 64 units is cut.
 */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1;
  const length = Math.min(one.length, longest);
  const otherLength = Math.min(other.length, longest);
  const common = takeCommon(one, other);
  if (common === 0) return 0;
  const jaro = (common / length + common / otherLength + (common - countMoved(one, other) / 2) / common) / 3;
  return withPrefix(jaro, sharedPrefix(one, other));
}

/** Winkler's bonus on a similarity of Jaro's. */
const withPrefix = (jaro: number, prefix: number): number => jaro + prefix * prefixBonus * (1 - jaro);

function sharedPrefix(one: string, other: string): number {
  const end = Math.min(longestPrefix, one.length, other.length);
  let prefix = 0;
  while (prefix < end && one.charCodeAt(prefix) === other.charCodeAt(prefix)) prefix++;
  return prefix;
}

/** Marks in both buffers which characters have a partner; how many they are. */
function takeCommon(one: string, other: string): number {
  const length = Math.min(one.length, longest);
  const otherLength = Math.min(other.length, longest);
  const reach = Math.max(0, (Math.max(length, otherLength) >> 1) - 1);
  firstTaken.fill(0, 0, length);
  otherTaken.fill(0, 0, otherLength);
  let common = 0;
  for (let place = 0; place < length; place++) {
    const code = one.charCodeAt(place);
    const end = Math.min(place + reach + 1, otherLength);
    for (let partner = Math.max(0, place - reach); partner < end; partner++) {
      if (otherTaken[partner] === 1 || other.charCodeAt(partner) !== code) continue;
      firstTaken[place] = otherTaken[partner] = 1;
      common++;
      break;
    }
  }
  return common;
}

/** Common characters that stand in another order. */
function countMoved(one: string, other: string): number {
  const length = Math.min(one.length, longest);
  let moved = 0;
  let partner = 0;
  for (let place = 0; place < length; place++) {
    if (firstTaken[place] === 0) continue;
    while (otherTaken[partner] === 0) partner++;
    if (one.charCodeAt(place) !== other.charCodeAt(partner)) moved++;
    partner++;
  }
  return moved;
}

/** Ones in the 32 bits of a number (Warren, Hacker's Delight, 5-1). */
function bitCount(bits: number): number {
  let sum = bits - ((bits >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Whether one edit (a character more, less or other, or two neighbours changed over) leads from one string to the
 * other: Damerau and Levenshtein's distance of 1, in linear time.
 */
export function isOneEdit(one: string, other: string): boolean {
  const more = Math.abs(one.length - other.length);
  if (more > 1) return false;
  const length = Math.min(one.length, other.length);
  let start = 0;
  while (start < length && one.charCodeAt(start) === other.charCodeAt(start)) start++;
  let end = 1;
  while (end <= length - start && one.charCodeAt(one.length - end) === other.charCodeAt(other.length - end))
    end++;
  const differing = length - start - (end - 1);
  if (more === 1) return differing === 0;
  if (differing === 1) return true;
  return (
    differing === 2 &&
    one.charCodeAt(start) === other.charCodeAt(start + 1) &&
    one.charCodeAt(start + 1) === other.charCodeAt(start)
  );
}
