// Numbers made ready for many comparisons: most pairs are told apart by whole numbers, without reading a text.

import { type Chain } from './chain.js';
import { isOneEdit } from './string-distance.js';

/** A number or a code. */
export interface PackedCode {
  readonly text: string;
  readonly length: number;
  /** The low four bits of the characters, the first lowest: 0 to 7, 8 to 15 and 16 to 23. */
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

export const packCode = (text: string, next: Chain<PackedCode> | undefined): Chain<PackedCode> => ({
  length: text.length,
  start: packFrom(text, 0),
  middle: packFrom(text, 8),
  end: packFrom(text, 16),
  next,
  text,
});

function packFrom(text: string, first: number): number {
  let bits = 0;
  for (let place = 0; place < 8 && first + place < text.length; place++)
    bits |= (text.charCodeAt(first + place) & 15) << (4 * place);
  return bits;
}

export const isSameCode = (one: PackedCode, other: PackedCode): boolean =>
  one.start === other.start &&
  one.middle === other.middle &&
  one.end === other.end &&
  one.text === other.text;

/** {@link isOneEdit} of two codes: where they are of one length, one edit changes one character or two. */
export function isOneEditOfCode(one: PackedCode, other: PackedCode): boolean {
  const more = one.length - other.length;
  if (more > 1 || more < -1) return false;
  if (more === 0) {
    const changed =
      countChanged(one.start ^ other.start) +
      countChanged(one.middle ^ other.middle) +
      countChanged(one.end ^ other.end);
    if (changed > 2) return false;
  }
  return isOneEdit(one.text, other.text);
}

/** How many of the eight groups of four bits are not 0. */
export function countChanged(bits: number): number {
  if (bits === 0) return 0;
  const changed = (bits | (bits >>> 1) | (bits >>> 2) | (bits >>> 3)) & 0x11111111;
  return Math.imul(changed, 0x11111111) >>> 28;
}
