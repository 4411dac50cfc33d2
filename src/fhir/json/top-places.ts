import { Noted } from './noted-names.js';

/** Start and end of a value in a text. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the members that a server reads or writes stand in the text of a resource; absent ones are undefined. */
export interface TopPlaces {
  readonly resourceType: Range | undefined;
  readonly id: Range | undefined;
  readonly meta: Range | undefined;
}

export interface Member {
  readonly name: string;
  readonly value: Range;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

const ownPlaces = Noted.ownType | Noted.ownId | Noted.ownMeta;

/**
 * Finds them in a compact text by walking over the members of the top level, no further than the last that can be there
 * by the names that the scan noted.
 */
export function topPlaces(text: string, noted: number = ownPlaces): TopPlaces {
  let resourceType: Range | undefined;
  let id: Range | undefined;
  let meta: Range | undefined;
  let missing = noted & ownPlaces;
  let i = 1;
  while (missing !== 0 && text.charCodeAt(i) === QUOTE) {
    const nameEnd = endOfString(text, i);
    const start = nameEnd + 1;
    const end = endOfValue(text, start);
    const length = nameEnd - i - 2;
    if (length === 2 && text.startsWith('id', i + 1)) {
      id = { start, end };
      missing &= ~Noted.ownId;
    } else if (length === 4 && text.startsWith('meta', i + 1)) {
      meta = { start, end };
      missing &= ~Noted.ownMeta;
    } else if (length === 12 && text.startsWith('resourceType', i + 1)) {
      resourceType = { start, end };
      missing &= ~Noted.ownType;
    }
    i = end + 1;
  }
  return { resourceType, id, meta };
}

/**
 * Members of the object whose brace is at `start`, in their order; names with escapes as they stand. The text must be
 * sound JSON; white space may stand between tokens.
 */
export function* members(text: string, start: number): Generator<Member> {
  let i = skipSpace(text, start + 1);
  while (text.charCodeAt(i) === QUOTE) {
    const nameEnd = endOfString(text, i);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const value = { start: valueStart, end: endOfValue(text, valueStart) };
    yield { name: text.slice(i + 1, nameEnd - 1), value };
    i = nextItem(text, value.end);
  }
}

/** Values of the array whose bracket is at `start`, in their order. */
export function* elements(text: string, start: number): Generator<Range> {
  let i = skipSpace(text, start + 1);
  if (text[i] === ']') return;
  while (i >= 0) {
    const end = endOfValue(text, i);
    yield { start: i, end };
    i = nextItem(text, end);
  }
}

/** Where the item after the comma behind `end` begins; -1 where no comma follows. */
function nextItem(text: string, end: number): number {
  const i = skipSpace(text, end);
  return text.charCodeAt(i) === COMMA ? skipSpace(text, i + 1) : -1;
}

function skipSpace(text: string, i: number): number {
  while (text.charCodeAt(i) <= 0x20) i++;
  return i;
}

/** Position behind the string that begins at `start`. */
export function endOfString(text: string, start: number): number {
  let i = start;
  for (;;) {
    i = text.indexOf('"', i + 1);
    let back = i - 1;
    while (text.charCodeAt(back) === BACKSLASH) back--;
    if ((i - back) % 2 === 1) return i + 1;
  }
}

/** Position behind the value that begins at `start` of a sound text. */
export function endOfValue(text: string, start: number): number {
  let depth = 0;
  let i = start;
  for (;;) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      i = endOfString(text, i);
      if (depth === 0) return i;
    } else if (c === 0x7b || c === 0x5b) {
      depth++;
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      if (depth === 0) return i;
      i++;
      if (--depth === 0) return i;
    } else if (depth === 0 && (c === COMMA || c <= 0x20)) {
      return i;
    } else i++;
  }
}
