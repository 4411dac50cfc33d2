import { createRequire, isBuiltin } from 'node:module';

/**
 * The only file that knows which SQLite this is: `node:sqlite` where Node brings one that can return rows as arrays,
 * else the package with the same interface.
 */
export type SqlValue = null | number | bigint | string | Uint8Array;

export interface Statement {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): unknown;
  all(...values: SqlValue[]): unknown[];
  iterate(...values: SqlValue[]): IterableIterator<unknown>;
  setReturnArrays(enabled: boolean): void;
}

export interface Database {
  readonly isOpen: boolean;
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): Statement;
  close(): void;
}

interface Driver {
  readonly DatabaseSync: new (path: string, options: { readOnly: boolean; timeout: number }) => Database;
  readonly StatementSync: { readonly prototype: object };
}

export interface OpenOptions {
  readonly readOnly: boolean;
  readonly cacheKiB: number;
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs: number;
}

const driver = loadDriver();

// A statement does not keep its connection alive: an open one stays here until it is closed.
const held = new Set<Database>();

/** Throws where the file can't be opened. */
export function openDatabase(path: string, options: OpenOptions): Database {
  const database = new driver.DatabaseSync(path, {
    readOnly: options.readOnly,
    timeout: options.busyTimeoutMs,
  });
  held.add(database);
  try {
    database.exec(`PRAGMA cache_size = -${String(options.cacheKiB)}; PRAGMA mmap_size = 0`);
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
  return database;
}

export function closeDatabase(database: Database): void {
  held.delete(database);
  if (database.isOpen) database.close();
}

/** A prepared query whose rows are tuples in the order of its columns. */
export interface Query<Row extends readonly SqlValue[]> {
  get(...values: SqlValue[]): Row | undefined;
  all(...values: SqlValue[]): Row[];
  iterate(...values: SqlValue[]): IterableIterator<Row>;
}

export function prepareQuery<Row extends readonly SqlValue[]>(database: Database, sql: string): Query<Row> {
  const statement = database.prepare(sql);
  statement.setReturnArrays(true);
  // The columns of `sql` are the tuple that its caller names.
  return statement as unknown as Query<Row>;
}

/** Primary result code of an SQLite error (https://sqlite.org/rescode.html), undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** The disk is full, failing or read-only: what was asked may succeed later. */
export function isStorageFailure(error: unknown): boolean {
  const code = resultCode(error);
  return code === 5 || code === 8 || code === 10 || code === 13 || code === 14;
}

function loadDriver(): Driver {
  const require = createRequire(import.meta.url);
  if (isBuiltin('node:sqlite')) {
    const builtIn = require('node:sqlite') as Driver;
    if ('setReturnArrays' in builtIn.StatementSync.prototype) return builtIn;
  }
  return require('@photostructure/sqlite') as Driver;
}
