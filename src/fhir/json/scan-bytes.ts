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
import { decode } from './utf8.js';

export type ScanFault = StringFault | 'syntax' | 'too-deep' | 'not-an-object' | 'duplicate-name';

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
  /** Objects opened at this depth (the top level is 1) have their ranges noted; 0: none. */
  readonly spanDepth: number;
}

export interface ScannedBytes {
  /** Empty: the text is sound. A fault of the grammar ends the scan and is the last one. */
  readonly faults: readonly FoundFault[];
  /** Length of the compact text, which begins at byte 0. */
  readonly length: number;
  /** Start and end of the noted objects in turn, in the order of their ends, in the compact text. */
  readonly spans: readonly number[];
}

/** Levels for which this module keeps its tables. */
export const MAX_LEVELS = 80;
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
  depth: number;
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
  const scan: Scan = { bytes, request, faults: [], spans: [], depth: 0, i: skipSpace(bytes, 0), o: 0 };
  names.begin(bytes);
  if (bytes[scan.i] !== OPEN_OBJECT) fail(scan, startFault(scan));
  else if (scanValues(scan)) {
    scan.i = skipSpace(bytes, scan.i);
    if (scan.i !== request.length) fail(scan, 'syntax');
  }
  return { faults: scan.faults, length: scan.o, spans: scan.spans };
}

function startFault({ bytes, i, request }: Scan): ScanFault {
  const begins = bytes[i] === OPEN_ARRAY || bytes[i] === QUOTE || endOfScalar(bytes, i) >= 0;
  return begins || i === request.length ? 'not-an-object' : 'syntax';
}

/** The scan proper, from the first brace to behind its partner. False after a fault of the grammar. */
function scanValues(scan: Scan): boolean {
  const { bytes } = scan;
  for (;;) {
    const c = bytes[scan.i] as number;
    if (c === QUOTE) {
      if (copyString(scan) === 'broken') return false;
    } else if (c === OPEN_OBJECT || c === OPEN_ARRAY) {
      if (!open(scan, c)) return false;
      if (nextByte(scan) !== closers[scan.depth]) {
        if (c === OPEN_OBJECT && !copyName(scan)) return false;
        continue;
      }
    } else if (!copyScalar(scan)) return false;

    for (;;) {
      const next = nextByte(scan);
      if (next === COMMA) break;
      if (next !== closers[scan.depth]) return fail(scan, 'syntax');
      close(scan, next);
      if (scan.depth === 0) return true;
    }
    copyByte(scan, COMMA);
    nextByte(scan);
    if (closers[scan.depth] === CLOSE_OBJECT && !copyName(scan)) return false;
  }
}

function open(scan: Scan, bracket: number): boolean {
  const depth = scan.depth + 1;
  if (depth > scan.request.maxDepth) return fail(scan, 'too-deep');
  scan.depth = depth;
  closers[depth] = bracket === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
  names.openObject(depth);
  if (depth === scan.request.spanDepth) opened[depth] = scan.o;
  copyByte(scan, bracket);
  return true;
}

function close(scan: Scan, bracket: number): void {
  const { depth } = scan;
  copyByte(scan, bracket);
  names.closeObject(depth);
  if (depth === scan.request.spanDepth && bracket === CLOSE_OBJECT)
    scan.spans.push(opened[depth] as number, scan.o);
  scan.depth = depth - 1;
}

function copyByte(scan: Scan, byte: number): void {
  scan.bytes[scan.o++] = byte;
  scan.i++;
}

/** Moves over white space and looks at what comes. */
function nextByte(scan: Scan): number {
  const c = scan.bytes[scan.i] as number;
  if (c > 0x20) return c;
  scan.i = skipSpace(scan.bytes, scan.i);
  return scan.bytes[scan.i] as number;
}

/** Copies a name and its colon, and moves to the value. */
function copyName(scan: Scan): boolean {
  if (scan.bytes[scan.i] !== QUOTE) return fail(scan, 'syntax');
  const from = scan.i;
  const to = scan.o;
  const copied = copyString(scan);
  if (copied === 'broken') return false;
  const known =
    copied === 'plain'
      ? names.add(scan.depth, to + 1, scan.o - 1)
      : names.addText(scan.depth, plainName(scan, to));
  if (known) note(scan, 'duplicate-name', from);
  if (nextByte(scan) !== COLON) return fail(scan, 'syntax');
  copyByte(scan, COLON);
  nextByte(scan);
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

/** Copies a string, which begins at the next byte. */
function copyString(scan: Scan): 'plain' | 'escaped' | 'broken' {
  const { bytes } = scan;
  let i = scan.i + 1;
  let o = scan.o;
  bytes[o++] = QUOTE;
  for (;;) {
    const c = bytes[i++] as number;
    bytes[o++] = c;
    if (c === QUOTE) break;
    if (c === BACKSLASH || c < 0x20) {
      scan.i = i - 1;
      scan.o = o - 1;
      return copyEscaped(scan);
    }
  }
  scan.i = i;
  scan.o = o;
  return 'plain';
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

function copyScalar(scan: Scan): boolean {
  const { bytes } = scan;
  const end = endOfScalar(bytes, scan.i);
  if (end < 0) {
    scan.i = -1 - end;
    return fail(scan, 'syntax');
  }
  let { i, o } = scan;
  while (i < end) bytes[o++] = bytes[i++] as number;
  scan.i = i;
  scan.o = o;
  return true;
}

function note(scan: Scan, fault: ScanFault, at: number): void {
  if (scan.faults.length < MAX_FAULTS) scan.faults.push({ fault, at });
}

function fail(scan: Scan, fault: ScanFault): false {
  if (scan.faults.length >= MAX_FAULTS) scan.faults.pop();
  scan.faults.push({ fault, at: scan.i });
  return false;
}
