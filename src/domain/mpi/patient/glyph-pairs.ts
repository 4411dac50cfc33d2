import { characterSimilarity } from '../identity/index.js';

// Which characters look alike, remembered by pair: names use few characters, and comparing strokes takes long.

/** From here on characters are easily taken for each other: see characterSimilarity. */
const glyphsAlike = 0.65;

/** Number of each character code, counted up in the order in which they are met; 0 for none yet. */
const numbers = new Uint16Array(0x10000);
const codes: number[] = [0];

/** A small number that stands for a character code. */
export function glyphNumber(code: number): number {
  const known = numbers[code] ?? 0;
  if (known > 0) return known;
  numbers[code] = codes.length;
  return codes.push(code) - 1;
}

/**
 * Answers by pair, a later pair in the place of an earlier one. The pairs of the first 720 characters have a place each;
 * these are the frequent ones, as they are met early.
 */
const places = 1 << 18;
const rememberedPairs = new Int32Array(places);
const rememberedAnswers = new Uint8Array(places);

/** Of two characters, by their numbers. */
export function areGlyphsAlike(one: number, other: number): boolean {
  const [low, high] = one < other ? [one, other] : [other, one];
  const pair = (high << 16) | low;
  const place = (((high * (high + 1)) >>> 1) + low) & (places - 1);
  if (rememberedPairs[place] !== pair) {
    const similarity = characterSimilarity(characterOf(low), characterOf(high));
    rememberedPairs[place] = pair;
    rememberedAnswers[place] = Number(similarity >= glyphsAlike);
  }
  return rememberedAnswers[place] === 1;
}

const characterOf = (number: number): string => String.fromCharCode(codes[number] ?? 0);
