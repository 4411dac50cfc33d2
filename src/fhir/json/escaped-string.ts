import { BACKSLASH, QUOTE } from './json-tokens.js';

/** What a string holds that no FHIR string may hold, or that breaks the grammar. */
export type StringFault = 'control-character' | 'bad-escape' | 'nul' | 'lone-surrogate';

export interface EscapedString {
  /** Position behind the closing quote, or -1 when the grammar is broken at `faults.at(-1)`. */
  readonly end: number;
  readonly faults: readonly { readonly fault: StringFault; readonly at: number }[];
}

const simpleEscapes: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (c) => c.charCodeAt(0)));

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The code unit of the four hexadecimal digits at `i`, or -1. */
function codeUnit(bytes: Uint8Array, i: number): number {
  let unit = 0;
  for (let k = i; k < i + 4; k++) {
    const digit = hexDigit(bytes[k] ?? 0);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

/**
 * Reads on in a string from `i`, where it is no longer plain, with every check: escapes, NUL, surrogates written as
 * escapes that have no other half. The caller has made sure that the bytes themselves are well-formed UTF-8.
 */
export function readEscapedString(bytes: Uint8Array, i: number): EscapedString {
  const faults: { fault: StringFault; at: number }[] = [];
  /** Position of an escaped high surrogate whose other half must come next, else -1. */
  let high = -1;
  const stop = (fault: StringFault): EscapedString => ({ end: -1, faults: [...faults, { fault, at: i }] });
  for (;;) {
    const c = bytes[i] as number;
    if (c < 0x20) return stop('control-character');
    const unit = c === BACKSLASH && bytes[i + 1] === 0x75 ? codeUnit(bytes, i + 2) : undefined;
    const isLow = unit !== undefined && unit >= 0xdc00 && unit <= 0xdfff;
    if (high >= 0 !== isLow) faults.push({ fault: 'lone-surrogate', at: high >= 0 ? high : i });
    high = unit !== undefined && unit >= 0xd800 && unit <= 0xdbff ? i : -1;
    if (c === QUOTE) return { end: i + 1, faults };
    if (c !== BACKSLASH) {
      i++;
    } else if (unit === undefined) {
      if (!simpleEscapes.has(bytes[i + 1] as number)) return stop('bad-escape');
      i += 2;
    } else {
      if (unit < 0) return stop('bad-escape');
      if (unit === 0) faults.push({ fault: 'nul', at: i });
      i += 6;
    }
  }
}
