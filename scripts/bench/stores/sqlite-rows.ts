import { join as joinPath } from 'node:path';

import {
  closeDatabase,
  openDatabase,
  prepareQuery,
  type Database,
  type SqlValue,
} from '../../../src/adapters/sqlite/driver.js';
import { databaseName } from '../../../src/adapters/sqlite/group.js';

export interface Row {
  /** Its table, by place. */
  readonly table: number;
  readonly values: readonly SqlValue[];
}

export interface StoreRows {
  readonly tables: readonly { readonly name: string; readonly columns: number }[];
  /** What each resource has in all tables, in the order of the log. */
  readonly resources: readonly (readonly Row[])[];
  readonly indexRows: number;
}

/** Tables with one row a version or resource; those whose name ends in _index come to them. */
const bodyTables = ['version', 'version_digest', 'resource', 'entries'];
/** hash64 values: too large for a number. */
const hashColumns: ReadonlySet<string> = new Set(['value', 'system', 'unit']);

/** Everything that a node's store has of its resources, from its data folder, in memory and ready to be bound. */
export function readStoreRows(folder: string): StoreRows {
  const database = openDatabase(joinPath(folder, databaseName), {
    readOnly: true,
    cacheKiB: 65_536,
    busyTimeoutMs: 10_000,
  });
  const indexTables = prepareQuery<[string]>(
    database,
    String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%\_index' ESCAPE '\'`,
  )
    .all()
    .map(([name]) => name);
  const resources = new Map<number, Row[]>();
  for (const [rid] of prepareQuery<[number]>(database, 'SELECT rid FROM version ORDER BY seq').iterate()) {
    resources.set(rid, []);
  }
  let indexRows = 0;
  const tables = [...bodyTables, ...indexTables].map((name, table) => {
    const columns = columnsOf(database, name);
    const count = addRows(database, resources, { name, table, columns });
    if (indexTables.includes(name)) indexRows += count;
    return { name, columns: columns.length };
  });
  closeDatabase(database);
  return { tables, resources: [...resources.values()], indexRows };
}

const columnsOf = (database: Database, table: string): string[] =>
  prepareQuery<[string]>(database, 'SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(([name]) => name);

function addRows(
  database: Database,
  resources: ReadonlyMap<number, Row[]>,
  {
    name,
    table,
    columns,
  }: { readonly name: string; readonly table: number; readonly columns: readonly string[] },
): number {
  const isIndex = !bodyTables.includes(name);
  const hashes = columns.map((column) => isIndex && hashColumns.has(column));
  const selected = columns.map((column, place) =>
    hashes[place] ? `CAST(t.${column} AS TEXT)` : `t.${column}`,
  );
  // The digest table knows its versions by their place in the log.
  const join = columns.includes('rid') ? '' : 'JOIN version v ON v.seq = t.seq';
  const query = prepareQuery<SqlValue[]>(
    database,
    `SELECT ${join === '' ? 't' : 'v'}.rid, ${selected.join(', ')} FROM ${name} t ${join}`,
  );
  let count = 0;
  for (const [of, ...values] of query.iterate()) {
    const bound = values.map((value, place) => (hashes[place] ? BigInt(value as string) : value));
    resources.get(of as number)?.push({ table, values: bound });
    count += 1;
  }
  return count;
}
