import { readEscapedString } from './escaped-string.js';
import type { StringFault } from './escaped-string.js';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  endOfScalar,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
} from './json-tokens.js';
import { createMemberNames } from './member-names.js';
import { innerNames, notedBits, ownNames } from './noted-names.js';
import { decode } from './utf8.js';

export type ScanFault = StringFault | 'syntax' | 'too-deep' | 'too-many' | 'not-an-object' | 'duplicate-name';

export interface FoundFault {
  readonly fault: ScanFault;
  /** Byte of the input. */
  readonly at: number;
}

export interface ScanRequest {
  /** UTF-8 of the text, followed by at least eight zero bytes. The compact text is written over it. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** At most MAX_LEVELS. */
  readonly maxDepth: number;
  /** Objects opened at this depth (the top level is 1) have their ranges and names noted. */
  readonly spanDepth: number;
}

export interface ScannedBytes {
  /** Empty: the text is sound. A fault of the grammar ends the scan and is the last one. */
  readonly faults: readonly FoundFault[];
  /** Length of the compact text, which begins at byte 0. */
  readonly length: number;
  /** Start and end of the noted objects in turn, in the order of their ends, in the compact text. */
  readonly spans: readonly number[];
  /** The noted names of each such object (noted-names.ts). */
  readonly noted: readonly number[];
}

/** Levels for which this module keeps its tables. */
export const MAX_LEVELS = 80;
/** Objects and arrays in one text: parsed, each takes about a hundred bytes, whatever it holds. */
export const MAX_CONTAINERS = 3_000_000;
/** A fault list longer than this helps nobody. */
const MAX_FAULTS = 50;

// The tables of one scan; a scan runs to its end before the next begins.
const names = createMemberNames(MAX_LEVELS);
/** The closing bracket that each open depth waits for. */
const closers = new Uint8Array(MAX_LEVELS + 2);
/** Where the object noted at its depth began in the output. */
const opened = new Int32Array(MAX_LEVELS + 2);

interface Scan {
  readonly bytes: Uint8Array;
  readonly request: ScanRequest;
  readonly faults: FoundFault[];
  readonly spans: number[];
  readonly noted: number[];
  /** Noted names of the object at the noted depth so far. */
  names: number;
  depth: number;
  /** Objects and arrays so far. */
  containers: number;
  /** The bracket that closes what is open. */
  closer: number;
  /** Next byte of the input. */
  i: number;
  /** Next byte of the output, never beyond `i`. */
  o: number;
}

/**
 * Checks the whole grammar of JSON in one pass (RFC 8259), the top level an object, and drops white space between the
 * tokens. Member names are compared unescaped, and written unescaped into the output; nothing else changes.
 *
 * Bytes are copied while they are looked at, since on this path a loop over short tokens costs more than its copies.
 */
export function scanBytes(request: ScanRequest): ScannedBytes {
  const { bytes } = request;
  const scan: Scan = {
    bytes,
    request,
    faults: [],
    spans: [],
    noted: [],
    names: 0,
    depth: 0,
    containers: 0,
    closer: 0,
    i: skipSpace(bytes, 0),
    o: 0,
  };
  names.begin(bytes);
  if (bytes[scan.i] !== OPEN_OBJECT) fail(scan, startFault(scan));
  else if (scanValues(scan)) {
    scan.i = skipSpace(bytes, scan.i);
    if (scan.i !== request.length) fail(scan, 'syntax');
  }
  return { faults: scan.faults, length: scan.o, spans: scan.spans, noted: scan.noted };
}

function startFault({ bytes, i, request }: Scan): ScanFault {
  const begins = bytes[i] === OPEN_ARRAY || bytes[i] === QUOTE || endOfScalar(bytes, i) >= 0;
  return begins || i === request.length ? 'not-an-object' : 'syntax';
}

/** The scan proper, from the first brace to behind its partner. False after a fault of the grammar. */
function scanValues(scan: Scan): boolean {
  const { bytes } = scan;
  // Positions are kept in variables of this loop, and in the scan only while another function moves them.
  let { i, o } = scan;
  for (;;) {
    const c = bytes[i] as number;
    let isOpened = false;
    if (c === QUOTE) {
      const end = copyPlain(bytes, i, o);
      if (end > 0) {
        o += end - i;
        i = end;
      } else {
        moveTo(scan, -end, o - end - i);
        if (copyEscaped(scan) === 'broken') return false;
        ({ i, o } = scan);
      }
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      moveTo(scan, i, o);
      if (!open(scan, c)) return false;
      bytes[o++] = c;
      i = toToken(bytes, i + 1);
      isOpened = bytes[i] !== scan.closer;
    } else {
      const end = endOfScalar(bytes, i);
      if (end < 0) return failAt(scan, 'syntax', -1 - end);
      while (i < end) bytes[o++] = bytes[i++] as number;
    }

    while (!isOpened) {
      i = toToken(bytes, i);
      const next = bytes[i] as number;
      if (next !== COMMA && next !== scan.closer) return failAt(scan, 'syntax', i);
      bytes[o++] = next;
      i++;
      if (next === COMMA) break;
      close(scan, next, o);
      if (scan.depth > 0) continue;
      moveTo(scan, i, o);
      return true;
    }
    if (!isOpened) i = toToken(bytes, i);
    if (scan.closer === CLOSE_OBJECT) {
      moveTo(scan, i, o);
      if (!copyName(scan)) return false;
      ({ i, o } = scan);
    }
  }
}

function moveTo(scan: Scan, i: number, o: number): void {
  scan.i = i;
  scan.o = o;
}

function open(scan: Scan, bracket: number): boolean {
  const depth = scan.depth + 1;
  if (depth > scan.request.maxDepth) return fail(scan, 'too-deep');
  scan.containers += 1;
  if (scan.containers > MAX_CONTAINERS) return fail(scan, 'too-many');
  scan.depth = depth;
  scan.closer = closers[depth] = bracket === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
  names.openObject(depth);
  if (depth === scan.request.spanDepth) {
    opened[depth] = scan.o;
    scan.names = 0;
  }
  return true;
}

/** Closes what is open; `end` is the position behind the bracket in the output. */
function close(scan: Scan, bracket: number, end: number): void {
  const { depth } = scan;
  names.closeObject(depth);
  if (depth === scan.request.spanDepth && bracket === CLOSE_OBJECT) {
    scan.spans.push(opened[depth] as number, end);
    scan.noted.push(scan.names);
  }
  scan.depth = depth - 1;
  scan.closer = closers[depth - 1] as number;
}

/** Moves over white space. */
function toToken(bytes: Uint8Array, i: number): number {
  return (bytes[i] as number) > 0x20 ? i : skipSpace(bytes, i);
}

/** Copies a name and its colon, and moves to the value. */
function copyName(scan: Scan): boolean {
  const { bytes, i, o } = scan;
  if (bytes[i] !== QUOTE) return fail(scan, 'syntax');
  const end = copyPlain(bytes, i, o);
  let known: boolean;
  if (end > 0) {
    moveTo(scan, end, o + end - i);
    known = names.add(scan.depth, o + 1, scan.o - 1);
  } else {
    moveTo(scan, -end, o - end - i);
    if (copyEscaped(scan) === 'broken') return false;
    known = names.addText(scan.depth, plainName(scan, o));
  }
  if (known) note(scan, 'duplicate-name', i);
  const bits = notedBits(bytes, o + 1, scan.o - 1);
  if (bits !== 0) scan.names |= bits & (scan.depth === scan.request.spanDepth ? ownNames : innerNames);
  const colon = toToken(bytes, scan.i);
  if (bytes[colon] !== COLON) return failAt(scan, 'syntax', colon);
  bytes[scan.o] = COLON;
  moveTo(scan, toToken(bytes, colon + 1), scan.o + 1);
  return true;
}

/** Unescapes the name that stands at the end of the output from `to` on, and writes it plainly, which is never longer. */
function plainName(scan: Scan, to: number): string {
  const name = JSON.parse(decode(scan.bytes, to, scan.o)) as string;
  const plain = Buffer.from(JSON.stringify(name), 'utf8');
  scan.bytes.set(plain, to);
  scan.o = to + plain.length;
  return name;
}

/**
 * Copies the string whose quote is at `i` to `o`, and gives the position behind it; -p where at p an escape or a control
 * character stands, up to which it is copied.
 */
function copyPlain(bytes: Uint8Array, i: number, o: number): number {
  bytes[o] = QUOTE;
  for (;;) {
    const c = bytes[++i] as number;
    if (c === QUOTE) break;
    if (c === BACKSLASH || c < 0x20) return -i;
    bytes[++o] = c;
  }
  bytes[++o] = QUOTE;
  return i + 1;
}

/** Copies the rest of a string that holds an escape or a control character at the next byte. */
function copyEscaped(scan: Scan): 'escaped' | 'broken' {
  const { end, faults } = readEscapedString(scan.bytes, scan.i);
  for (const { fault, at } of faults) note(scan, fault, at);
  if (end < 0) return 'broken';
  scan.bytes.copyWithin(scan.o, scan.i, end);
  scan.o += end - scan.i;
  scan.i = end;
  return 'escaped';
}

function note(scan: Scan, fault: ScanFault, at: number): void {
  if (scan.faults.length < MAX_FAULTS) scan.faults.push({ fault, at });
}

function failAt(scan: Scan, fault: ScanFault, at: number): false {
  scan.i = at;
  return fail(scan, fault);
}

function fail(scan: Scan, fault: ScanFault): false {
  if (scan.faults.length >= MAX_FAULTS) scan.faults.pop();
  scan.faults.push({ fault, at: scan.i });
  return false;
}
