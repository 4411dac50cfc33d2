/** Bytes that the JSON grammar names (RFC 8259). */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

/** First position from `i` that holds no JSON white space. */
export function skipSpace(bytes: Uint8Array, i: number): number {
  for (;;) {
    const c = bytes[i] as number;
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
    i++;
  }
}

const isDigit = (c: number): boolean => c >= ZERO && c <= NINE;

function skipDigits(bytes: Uint8Array, i: number): number {
  while (isDigit(bytes[i] as number)) i++;
  return i;
}

/** Position behind the number that begins at `i`, or -1 - p where p is the byte that breaks the grammar. */
export function endOfNumber(bytes: Uint8Array, i: number): number {
  if (bytes[i] === MINUS) i++;
  if (!isDigit(bytes[i] as number)) return -1 - i;
  i = bytes[i] === ZERO ? i + 1 : skipDigits(bytes, i);
  if (bytes[i] === DOT) {
    if (!isDigit(bytes[++i] as number)) return -1 - i;
    i = skipDigits(bytes, i);
  }
  if (bytes[i] === 0x65 || bytes[i] === 0x45) {
    i++;
    if (bytes[i] === PLUS || bytes[i] === MINUS) i++;
    if (!isDigit(bytes[i] as number)) return -1 - i;
    i = skipDigits(bytes, i);
  }
  return i;
}

const words = ['true', 'false', 'null'].map((word) => Uint8Array.from(word, (c) => c.charCodeAt(0)));

/** Position behind the number or the word `true`, `false`, `null` at `i`, or -1 - p where p is the byte that breaks it. */
export function endOfScalar(bytes: Uint8Array, i: number): number {
  const first = bytes[i] as number;
  if (first === MINUS || isDigit(first)) return endOfNumber(bytes, i);
  for (const word of words) {
    if (word[0] !== first) continue;
    for (let k = 1; k < word.length; k++) if (bytes[i + k] !== word[k]) return -1 - (i + k);
    return i + word.length;
  }
  return -1 - i;
}
