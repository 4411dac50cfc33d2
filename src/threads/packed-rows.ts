import type { ResourceKey } from '../fhir/key.js';
import { toReference } from '../fhir/key.js';
import type { BundleDecisions, PreparedRecord, PreparedReplica, ReplicaBatch } from '../ports/ingest.js';
import type { Routing } from '../ports/store.js';

/**
 * Rows of many resources as a few large values: thousands of small objects would cost the receiving thread more to take
 * over than the resources to prepare. Texts are joined and cut apart again at their ends, index bytes share one
 * ArrayBuffer, equal routings stand once.
 */
interface PackedRows {
  readonly bodies: string;
  /** UTF-16 units of `bodies` up to the end of each body. */
  readonly bodyEnds: Uint32Array;
  /** 64 characters each. */
  readonly hashes: string;
  readonly index: Uint8Array;
  readonly indexEnds: Uint32Array;
  readonly routings: readonly Routing[];
  readonly routingOf: Uint32Array;
}

type Row = Pick<PreparedRecord, 'body' | 'hash' | 'index' | 'routing'>;

export interface PackedRecords {
  readonly rows: PackedRows;
  /** By entry: 0 nothing is written, 1 unchanged, 2 a record, the rows following in order. */
  readonly states: Uint8Array;
  /** `Type/id` of what must exist outside the Bundle, joined by line feeds. */
  readonly outside: string;
}

export interface PackedReplicas {
  readonly outcome: 'packed';
  readonly rows: PackedRows;
  readonly batch: Omit<ReplicaBatch, 'entries'>;
  readonly entries: readonly Omit<PreparedReplica, keyof Row>[];
}

const none: readonly ResourceKey[] = [];

type Records = readonly (PreparedRecord | 'unchanged' | undefined)[];

export function packRecords(records: Records, outside: readonly ResourceKey[]): PackedRecords {
  const made = records.filter((record) => record !== undefined && record !== 'unchanged');
  const states = new Uint8Array(records.length);
  for (const [entry, record] of records.entries())
    states[entry] = record === undefined ? 0 : record === 'unchanged' ? 1 : 2;
  return {
    rows: packRows(made),
    states,
    outside: joinKeys(outside),
  };
}

export function packReplicas({ entries, ...batch }: ReplicaBatch): PackedReplicas {
  const rest = entries.map(({ body: _b, hash: _h, index: _i, routing: _r, ...entry }) => entry);
  return { outcome: 'packed', rows: packRows(entries), batch, entries: rest };
}

/** The buffers to hand over with a packed value. */
export const buffersOf = ({ rows }: { readonly rows: PackedRows }): ArrayBuffer[] => [
  rows.index.buffer as ArrayBuffer,
];

/** Keys and stamps of the records are those that were decided. */
export function unpackRecords(
  packed: PackedRecords,
  decisions: BundleDecisions,
): { records: Records; outside: ResourceKey[] } {
  const rows = unpackRows(packed.rows);
  let row = 0;
  const records = Array.from(packed.states, (state, entry): Records[number] => {
    if (state < 2) return state === 1 ? 'unchanged' : undefined;
    const decision = decisions.entries[entry];
    const made = rows[row++];
    if (decision?.kind !== 'write' || made === undefined)
      throw new Error('the rows are not those of the decisions');
    const { body, hash, index, routing } = made;
    return { key: decision.key, stamp: decision.stamp, body, hash, index, routing, references: none };
  });
  return { records, outside: splitKeys(packed.outside) };
}

export function unpackReplicas({ rows, batch, entries }: PackedReplicas): ReplicaBatch {
  const unpacked = unpackRows(rows);
  const replicas = entries.map((entry, index): PreparedReplica => {
    const row = unpacked[index];
    if (row === undefined) throw new Error('a replica has no row');
    return { ...entry, ...row };
  });
  return { ...batch, entries: replicas };
}

function packRows(rows: readonly Row[]): PackedRows {
  const index = new Uint8Array(rows.reduce((sum, row) => sum + row.index.length, 0));
  const bodyEnds = new Uint32Array(rows.length);
  const indexEnds = new Uint32Array(rows.length);
  const routingOf = new Uint32Array(rows.length);
  const routings: Routing[] = [];
  const numberOf = interning(routings);
  let units = 0;
  let bytes = 0;
  for (const [k, row] of rows.entries()) {
    index.set(row.index, bytes);
    units += row.body.length;
    bytes += row.index.length;
    bodyEnds[k] = units;
    indexEnds[k] = bytes;
    routingOf[k] = numberOf(row.routing);
  }
  const bodies = rows.map(({ body }) => body).join('');
  return {
    bodies,
    bodyEnds,
    hashes: rows.map(({ hash }) => hash).join(''),
    index,
    indexEnds,
    routings,
    routingOf,
  };
}

/** Numbers equal values alike; most of them are the same object, which is quicker to tell. */
function interning(values: Routing[]): (value: Routing) => number {
  const byValue = new Map<Routing, number>();
  const byText = new Map<string, number>();
  return (value) => {
    let number = byValue.get(value);
    if (number !== undefined) return number;
    const text = JSON.stringify(value);
    number = byText.get(text) ?? values.push(value) - 1;
    byText.set(text, number);
    byValue.set(value, number);
    return number;
  };
}

const HASH_LENGTH = 64;

function unpackRows(packed: PackedRows): Row[] {
  const rows: Row[] = [];
  let body = 0;
  let index = 0;
  for (const [k, bodyEnd] of packed.bodyEnds.entries()) {
    const indexEnd = packed.indexEnds[k] ?? 0;
    const routing = packed.routings[packed.routingOf[k] ?? 0];
    if (routing === undefined) throw new Error('a row has no routing');
    rows.push({
      body: packed.bodies.slice(body, bodyEnd),
      hash: packed.hashes.slice(k * HASH_LENGTH, (k + 1) * HASH_LENGTH),
      index: packed.index.subarray(index, indexEnd),
      routing,
    });
    body = bodyEnd;
    index = indexEnd;
  }
  return rows;
}

const joinKeys = (keys: readonly ResourceKey[]): string => keys.map(toReference).join('\n');

function splitKeys(text: string): ResourceKey[] {
  if (text === '') return [];
  return text.split('\n').map((name) => {
    const slash = name.indexOf('/');
    return { type: name.slice(0, slash), id: name.slice(slash + 1) };
  });
}
