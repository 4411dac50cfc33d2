// The yardstick of a load, as a process of its own: puts the rows of a node's store (first argument, its data folder)
// into the same tables of a new database (second argument, an empty folder), 1,000 resources a transaction on one
// thread, with the writer's settings. Prints a RawInsert as JSON.
import { statSync } from 'node:fs';
import { join } from 'node:path';

import { closeDatabase, openDatabase, type Database } from '../../../src/adapters/sqlite/driver.js';
import { databaseName } from '../../../src/adapters/sqlite/group.js';
import { migrate } from '../../../src/adapters/sqlite/schema.js';
import type { RawInsert } from './bench-store.js';
import { readStoreRows, type StoreRows } from './sqlite-rows.js';

const batchResources = 1_000;
const settings = { readOnly: false, cacheKiB: 65_536, busyTimeoutMs: 10_000 };

function main([from = '', to = '']: readonly string[]): RawInsert {
  const rows = readStoreRows(from);
  const database = openDatabase(join(to, databaseName), settings);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384');
  migrate(database);
  const seconds = insert(database, rows);
  closeDatabase(database);
  return {
    name: 'raw inserts',
    seconds,
    resources: rows.resources.length,
    bytes: statSync(join(from, databaseName)).size,
    indexRows: rows.indexRows,
  };
}

function insert(database: Database, { tables, resources }: StoreRows): number {
  const statements = tables.map(({ name, columns }) =>
    database.prepare(`INSERT INTO ${name} VALUES (${Array(columns).fill('?').join(', ')})`),
  );
  const started = performance.now();
  for (let first = 0; first < resources.length; first += batchResources) {
    database.exec('BEGIN IMMEDIATE');
    for (const rows of resources.slice(first, first + batchResources)) {
      for (const { table, values } of rows) statements[table]?.run(...values);
    }
    database.exec('COMMIT');
  }
  return (performance.now() - started) / 1000;
}

process.stdout.write(`${JSON.stringify(main(process.argv.slice(2)))}\n`);
