import { writeHash64 } from '../hash64.js';
import type { IndexEntry, IndexKind } from './index-entry.js';

/*
 * Index entries of one resource as bytes, so that they cross threads as one block and the writer binds them at once.
 * All integers and doubles are little-endian; `h` is a hash64, `t` a text as two u32, place and length in UTF-16
 * units within the text block.
 *
 *   header   u32 number of entries · u32 byte at which the text block begins · u32 units of the text block
 *            u32 units of the code table · u32 bytes a unit: 1 (Latin-1) or 2 (UTF-16) · u32 0
 *   entries  u16 code, by its place in the code table · u8 kind · u8 flags (1 first, 2 last) · u32 ordinal, then
 *            string     t folded · t exact
 *            token      h system · h value
 *            date       f64 low · f64 high
 *            number     f64 low · f64 high
 *            quantity   f64 low · f64 high · h system · h value · h unit
 *            reference  h target · t target · t target type
 *            uri        h value · t value
 *   text     the entries' texts, then the code table: distinct codes in order of first use, joined by line feeds
 */
const headerBytes = 24;
const entryBytes = 8;
const largestEntry = entryBytes + 40;
const firstFlag = 1;
const lastFlag = 2;
const kinds = ['string', 'token', 'date', 'number', 'quantity', 'reference', 'uri'] as const;
const payloadBytes = [16, 16, 16, 16, 40, 24, 16] as const;

/** Longest `folded` and `exact` kept of a string entry, in UTF-16 units. */
export const stringLimit = 200;

/** At most `stringLimit` units, never half a surrogate pair. */
export function cutString(text: string): string {
  if (text.length <= stringLimit) return text;
  const unit = text.charCodeAt(stringLimit - 1);
  return text.slice(0, unit >= 0xd800 && unit <= 0xdbff ? stringLimit - 1 : stringLimit);
}

/**
 * Encodes the entries of one resource. Layout above. The bytes are a view of a buffer that they share with those of other
 * resources: who hands them to another thread copies them together first.
 */
export function encodeIndex(entries: readonly IndexEntry[]): Uint8Array {
  begin(entries.length);
  for (const entry of entries) writeEntry(entry);
  return finish(entries.length);
}

/** A code table as it grows code by code: the codes so far, and the tables that have one more. */
interface CodeTable {
  readonly codes: readonly string[];
  /** The codes joined by line feeds. */
  readonly joined: string;
  readonly longer: Map<string, CodeTable>;
}

const emptyTable = (): CodeTable => ({ codes: [], joined: '', longer: new Map() });

// The encoder's state, used again for each resource: the scratch grows to the largest one seen.
let bytes = Buffer.alloc(16_384);
let view = viewOf(bytes);
let at = 0;
let text = '';
let lastCode: string | undefined;
let lastIndex = 0;
let tables = emptyTable();
let table = tables;
let knownTableCount = 0;

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function begin(count: number): void {
  reserve(headerBytes + count * largestEntry);
  at = headerBytes;
  text = '';
  lastCode = undefined;
  table = tables;
}

function reserve(size: number): void {
  if (bytes.length >= size) return;
  const larger = Buffer.alloc(size * 2);
  larger.set(bytes);
  bytes = larger;
  view = viewOf(bytes);
}

function addCode(code: string): number {
  let longer = table.longer.get(code);
  if (longer === undefined) {
    if (knownTableCount >= mostTables) forgetTables();
    knownTableCount += 1;
    const codes = [...table.codes, code];
    longer = { codes, joined: codes.join('\n'), longer: new Map() };
    table.longer.set(code, longer);
  }
  table = longer;
  return table.codes.length - 1;
}

/** The table that is being made goes on; it is only not found again. */
function forgetTables(): void {
  tables = emptyTable();
  knownTableCount = 0;
}

function writeEntry(entry: IndexEntry): void {
  if (entry.code !== lastCode) {
    lastCode = entry.code;
    // From the end: the parts of a composite alternate, everything else comes code by code.
    lastIndex = table.codes.lastIndexOf(entry.code);
    if (lastIndex === -1) lastIndex = addCode(entry.code);
  }
  view.setUint16(at, lastIndex, true);
  view.setUint8(at + 3, 0);
  view.setUint32(at + 4, entry.ordinal, true);
  writePayload(entry, at + entryBytes);
}

function writePayload(entry: IndexEntry, place: number): void {
  switch (entry.kind) {
    case 'string':
      writeText(cutString(entry.folded), place);
      writeText(cutString(entry.exact), place + 8);
      return close(0);
    case 'token':
      writeHash64(entry.system, view, place);
      writeHash64(entry.value, view, place + 8);
      return close(1);
    case 'date':
      writeRange(entry, place);
      view.setUint8(at + 3, (entry.first ? firstFlag : 0) | (entry.last ? lastFlag : 0));
      return close(2);
    case 'number':
      writeRange(entry, place);
      return close(3);
    case 'quantity':
      writeRange(entry, place);
      writeHash64(entry.system, view, place + 16);
      writeHash64(entry.value, view, place + 24);
      writeHash64(entry.unit, view, place + 32);
      return close(4);
    case 'reference':
      writeHash64(entry.target, view, place);
      writeText(entry.target, place + 8);
      writeText(entry.targetType, place + 16);
      return close(5);
    case 'uri':
      writeHash64(entry.value, view, place);
      writeText(entry.value, place + 8);
      return close(6);
  }
}

function close(kind: number): void {
  view.setUint8(at + 2, kind);
  at += entryBytes + (payloadBytes[kind] ?? 0);
}

function writeRange(range: { readonly low: number; readonly high: number }, place: number): void {
  view.setFloat64(place, range.low, true);
  view.setFloat64(place + 8, range.high, true);
}

function writeText(piece: string, place: number): void {
  view.setUint32(place, text.length, true);
  view.setUint32(place + 4, piece.length, true);
  text += piece;
}

function finish(count: number): Uint8Array {
  const block = text + table.joined;
  reserve(at + block.length * 2);
  const unitBytes = writeLatin1(block) ? 1 : 2;
  if (unitBytes === 2) writeUtf16(block);
  view.setUint32(0, count, true);
  view.setUint32(4, at, true);
  view.setUint32(8, block.length, true);
  view.setUint32(12, table.joined.length, true);
  view.setUint32(16, unitBytes, true);
  view.setUint32(20, 0, true);
  return keep(at + block.length * unitBytes);
}

/** Buffers of their own for each record would cost more than the encoding. */
const slabBytes = 65_536;
let slab = new Uint8Array(slabBytes);
let slabUsed = 0;

/** Copies the first bytes of the scratch to where they stay. */
function keep(length: number): Uint8Array {
  const source = bytes.subarray(0, length);
  if (length > slabBytes / 4) return Uint8Array.from(source);
  if (slabUsed + length > slabBytes) {
    slab = new Uint8Array(slabBytes);
    slabUsed = 0;
  }
  slab.set(source, slabUsed);
  slabUsed += length;
  return slab.subarray(slabUsed - length, slabUsed);
}

/** False when a unit does not fit into a byte; what was written is then of no use. */
function writeLatin1(block: string): boolean {
  // As many bytes in UTF-8 as units: all ASCII.
  if (Buffer.byteLength(block) === block.length) {
    bytes.write(block, at, 'latin1');
    return true;
  }
  let all = 0;
  for (let unit = 0; unit < block.length; unit += 1) {
    const code = block.charCodeAt(unit);
    bytes[at + unit] = code;
    all |= code;
  }
  return all < 0x100;
}

function writeUtf16(block: string): void {
  for (let unit = 0; unit < block.length; unit += 1)
    view.setUint16(at + unit * 2, block.charCodeAt(unit), true);
}

/**
 * Reads an encoded index entry by entry. One reader serves any number of records, one after the other:
 * `reader.open(bytes); while (reader.next()) …`. A field may be read only for the kinds named at it; elsewhere its
 * value means nothing.
 */
export class IndexReader {
  /** Of the current entry. */
  kind: IndexKind = 'string';
  ordinal = 0;
  /** Place of the current entry's code in `codes`. */
  codeIndex = 0;
  /**
   * The record's codes. Records whose tables are equal share one array, so that what a caller derives from it (the
   * store's numbers of the parameters) can be kept by identity.
   */
  codes: readonly string[] = [];
  /** Number of entries of the record. */
  count = 0;

  #view: DataView = scratchView;
  #text = '';
  #place = 0;
  #next = headerBytes;
  #end = headerBytes;

  /** Takes the bytes of encodeIndex; they must not change while they are read. */
  open(encoded: Uint8Array): void {
    const opened = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
    this.#view = opened;
    this.count = opened.getUint32(0, true);
    this.#next = headerBytes;
    this.#end = opened.getUint32(4, true);
    const units = opened.getUint32(8, true);
    const encoding = opened.getUint32(16, true) === 1 ? 'latin1' : 'utf16le';
    this.#text = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString(
      encoding,
      this.#end,
    );
    this.codes = codesOf(this.#text.slice(units - opened.getUint32(12, true)));
  }

  /** Goes to the next entry; false when there is none. */
  next(): boolean {
    const place = this.#next;
    if (place >= this.#end) return false;
    const kind = this.#view.getUint8(place + 2);
    this.kind = kinds[kind] ?? 'string';
    this.codeIndex = this.#view.getUint16(place, true);
    this.ordinal = this.#view.getUint32(place + 4, true);
    this.#place = place;
    this.#next = place + entryBytes + (payloadBytes[kind] ?? 0);
    return true;
  }

  get code(): string {
    return this.codes[this.codeIndex] ?? '';
  }
  /** date: has the lowest `low` of its code. */
  get first(): boolean {
    return (this.#view.getUint8(this.#place + 3) & firstFlag) !== 0;
  }
  /** date: has the highest `high` of its code. */
  get last(): boolean {
    return (this.#view.getUint8(this.#place + 3) & lastFlag) !== 0;
  }
  /** date (ms since the epoch, inclusive), number, quantity. */
  get low(): number {
    return this.#view.getFloat64(this.#place + 8, true);
  }
  /** date (ms since the epoch, inclusive), number, quantity. */
  get high(): number {
    return this.#view.getFloat64(this.#place + 16, true);
  }
  /** token, quantity: hash64 of the system; of '' where there is none. */
  get systemHash(): bigint {
    return this.#view.getBigInt64(this.#place + (this.kind === 'token' ? 8 : 24), true);
  }
  /** token: hash64 of the code or value; quantity: of the coded unit; uri: of the uri. */
  get valueHash(): bigint {
    const offset = this.kind === 'token' ? 16 : this.kind === 'quantity' ? 32 : 8;
    return this.#view.getBigInt64(this.#place + offset, true);
  }
  /** quantity: hash64 of the unit as printed. */
  get unitHash(): bigint {
    return this.#view.getBigInt64(this.#place + 40, true);
  }
  /** reference: hash64 of the target. */
  get targetHash(): bigint {
    return this.#view.getBigInt64(this.#place + 8, true);
  }
  /** string. */
  get folded(): string {
    return this.#textAt(this.#place + 8);
  }
  /** string. */
  get exact(): string {
    return this.#textAt(this.#place + 16);
  }
  /** reference: `Type/id`, an absolute URL or ''. */
  get target(): string {
    return this.#textAt(this.#place + 16);
  }
  /** reference: '' when unknown. */
  get targetType(): string {
    return this.#textAt(this.#place + 24);
  }
  /** uri. */
  get uri(): string {
    return this.#textAt(this.#place + 16);
  }

  #textAt(place: number): string {
    const start = this.#view.getUint32(place, true);
    return this.#text.slice(start, start + this.#view.getUint32(place + 4, true));
  }
}

/** Calls `visit` for each entry, with the reader standing on it. */
export function decodeIndex(encoded: Uint8Array, visit: (entry: IndexReader) => void): void {
  const reader = new IndexReader();
  reader.open(encoded);
  while (reader.next()) visit(reader);
}

const scratchView = new DataView(new ArrayBuffer(headerBytes));

/** Resources of one shape have equal tables, so there are few; a bound all the same. */
const knownTables = new Map<string, readonly string[]>();
const mostTables = 20_000;

function codesOf(joined: string): readonly string[] {
  const known = knownTables.get(joined);
  if (known !== undefined) return known;
  if (knownTables.size >= mostTables) knownTables.clear();
  const codes = joined === '' ? [] : joined.split('\n');
  knownTables.set(joined, codes);
  return codes;
}
