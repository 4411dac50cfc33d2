import { IndexReader } from '../../fhir/search/index-codec.js';
import { kindNumbers, type Dictionary } from './dictionary.js';
import type { Database, Statement } from './driver.js';

/** Rows of the search indexes of one resource, from its encoded entries. */
export interface IndexRows {
  /** Answers the resource's shape. */
  insert(target: IndexTarget): number;
  remove(target: IndexTarget): void;
}

export interface IndexTarget {
  readonly rid: number;
  readonly type: number;
  readonly entries: Uint8Array;
}

interface Layout {
  /** Parameters by the place of their code. */
  readonly params: readonly number[];
  /** Shapes by the kinds of the entries in their order. */
  readonly shapes: Map<string, number>;
}

interface Statements {
  readonly token: Statement;
  readonly reference: Statement;
  readonly uri: Statement;
  readonly string: Statement;
  readonly date: Statement;
  readonly number: Statement;
  readonly quantity: Statement;
}

export function createIndexRows(database: Database, dictionary: Dictionary): IndexRows {
  const inserts = prepareInserts(database);
  const deletes = prepareDeletes(database);
  const reader = new IndexReader();
  const layoutOf = createLayouts(dictionary);
  return {
    insert({ rid, type, entries }) {
      reader.open(entries);
      const layout = layoutOf(type, reader.codes);
      let kinds = '';
      let lastCode = -1;
      let lastKind = -1;
      while (reader.next()) {
        insertRow(inserts, reader, { rid, param: layout.params[reader.codeIndex] ?? 0 });
        // One pair of units for a run of entries of one code and kind says which parameters the resource has.
        const { codeIndex } = reader;
        const kind = kindNumbers[reader.kind];
        if (codeIndex === lastCode && kind === lastKind) continue;
        kinds += String.fromCharCode(codeIndex, kind);
        lastCode = codeIndex;
        lastKind = kind;
      }
      return shapeOf(dictionary, layout, kinds);
    },
    remove({ rid, type, entries }) {
      reader.open(entries);
      const layout = layoutOf(type, reader.codes);
      while (reader.next()) deleteRow(deletes, reader, { rid, param: layout.params[reader.codeIndex] ?? 0 });
    },
  };
}

function createLayouts(dictionary: Dictionary): (type: number, codes: readonly string[]) => Layout {
  let epoch = dictionary.epoch();
  let layouts = new Map<number, WeakMap<readonly string[], Layout>>();
  return (type, codes) => {
    if (epoch !== dictionary.epoch()) {
      epoch = dictionary.epoch();
      layouts = new Map();
    }
    let ofType = layouts.get(type);
    if (!ofType) layouts.set(type, (ofType = new WeakMap()));
    let layout = ofType.get(codes);
    if (!layout) {
      layout = { params: codes.map((code) => dictionary.param(type, code)), shapes: new Map() };
      ofType.set(codes, layout);
    }
    return layout;
  };
}

function shapeOf(dictionary: Dictionary, layout: Layout, kinds: string): number {
  const known = layout.shapes.get(kinds);
  if (known !== undefined) return known;
  const pairs = new Set<string>();
  for (let at = 0; at < kinds.length; at += 2) {
    pairs.add(`${String(layout.params[kinds.charCodeAt(at)] ?? 0)}:${String(kinds.charCodeAt(at + 1))}`);
  }
  const shape = dictionary.shape([...pairs]);
  layout.shapes.set(kinds, shape);
  return shape;
}

interface RowKey {
  readonly rid: number;
  readonly param: number;
}

function insertRow(statements: Statements, entry: IndexReader, { rid, param }: RowKey): void {
  switch (entry.kind) {
    case 'token':
      statements.token.run(param, entry.valueHash, rid, entry.systemHash, entry.ordinal);
      return;
    case 'reference':
      statements.reference.run(param, entry.targetHash, rid, entry.ordinal);
      return;
    case 'uri':
      statements.uri.run(param, entry.valueHash, rid, entry.ordinal);
      return;
    case 'string':
      statements.string.run(param, entry.folded, rid, entry.ordinal, entry.exact);
      return;
    case 'date':
      statements.date.run(
        param,
        rid,
        entry.low,
        entry.high,
        entry.ordinal,
        entry.first ? 1 : 0,
        entry.last ? 1 : 0,
      );
      return;
    case 'number':
      statements.number.run(param, rid, entry.low, entry.high, entry.ordinal);
      return;
    case 'quantity':
      runQuantity(statements.quantity, entry, { rid, param });
  }
}

function deleteRow(statements: Statements, entry: IndexReader, { rid, param }: RowKey): void {
  if (entry.kind === 'date') statements.date.run(param, rid, entry.low, entry.high, entry.ordinal);
  else insertRow(statements, entry, { rid, param });
}

function runQuantity(statement: Statement, entry: IndexReader, { rid, param }: RowKey): void {
  const { low, high, ordinal, systemHash, valueHash, unitHash } = entry;
  statement.run(param, rid, low, high, ordinal, systemHash, valueHash, unitHash);
}

// Equal rows of one resource are one: OR IGNORE.
function prepareInserts(database: Database): Statements {
  const into = (table: string, values: number): Statement =>
    database.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${Array(values).fill('?').join(', ')})`);
  return {
    token: into('token_index', 5),
    reference: into('reference_index', 4),
    uri: into('uri_index', 4),
    string: into('string_index', 5),
    date: into('date_index', 7),
    number: into('number_index', 5),
    quantity: into('quantity_index', 8),
  };
}

/** Parameters in the order of the inserts, except for dates, whose marks are no part of the key. */
function prepareDeletes(database: Database): Statements {
  const from = (table: string, columns: string): Statement =>
    database.prepare(
      `DELETE FROM ${table} WHERE ${columns
        .split(' ')
        .map((column) => `${column} = ?`)
        .join(' AND ')}`,
    );
  return {
    token: from('token_index', 'param value rid system ordinal'),
    reference: from('reference_index', 'param value rid ordinal'),
    uri: from('uri_index', 'param value rid ordinal'),
    string: from('string_index', 'param folded rid ordinal exact'),
    date: from('date_index', 'param rid low high ordinal'),
    number: from('number_index', 'param rid low high ordinal'),
    quantity: from('quantity_index', 'param rid low high ordinal system value unit'),
  };
}
