/**
 * 64-bit hash of a text's UTF-16 units, made of two 32-bit lanes so that it needs no bigint arithmetic. Stored in
 * index rows, hence fixed for ever: another hash means another schema number. Not cryptographic. The rounds are those
 * of MurmurHash3 (public domain), each lane fed with two units at a time and stirred by the other.
 */
export function hash64(text: string): bigint {
  mix(text);
  scratch.setInt32(0, lane2, true);
  scratch.setInt32(4, lane1, true);
  return scratch.getBigInt64(0, true);
}

/** Writes `hash64(text)` as a little-endian signed 64-bit integer without making a bigint. */
export function writeHash64(text: string, view: DataView, offset: number): void {
  mix(text);
  view.setInt32(offset, lane2, true);
  view.setInt32(offset + 4, lane1, true);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Result of the last mix: the high and the low half. */
let lane1 = 0;
let lane2 = 0;

function mix(text: string): void {
  const { length } = text;
  let h1 = 0x2f0b4f27;
  let h2 = 0x5ad5c3b1;
  let at = 0;
  for (; at + 1 < length; at += 2) {
    const unit = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    const a = Math.imul(unit, 0x239b961b);
    h1 ^= Math.imul((a << 15) | (a >>> 17), 0xab0e9789);
    h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
    const b = Math.imul(unit, 0x38b34ae5);
    h2 ^= Math.imul((b << 16) | (b >>> 16), 0xa1e38b93);
    h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h1, 5) + 0x0bcaa747) | 0;
  }
  if (at < length) {
    const unit = text.charCodeAt(at);
    const a = Math.imul(unit, 0x239b961b);
    h1 ^= Math.imul((a << 15) | (a >>> 17), 0xab0e9789);
    const b = Math.imul(unit, 0x38b34ae5);
    h2 ^= Math.imul((b << 16) | (b >>> 16), 0xa1e38b93);
  }
  h1 ^= length;
  h2 ^= length;
  h1 = finish((h1 + h2) | 0);
  h2 = finish((h2 + h1) | 0);
  lane1 = (h1 + h2) | 0;
  lane2 = (h2 + lane1) | 0;
}

function finish(lane: number): number {
  let h = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
