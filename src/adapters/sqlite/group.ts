import { createCommitter, type Committer } from './commit.js';
import { openDataFile } from './data-file.js';
import { closeDatabase, isStorageFailure, openDatabase, type Database } from './driver.js';
import type { UnitResult, WireUnit } from './messages.js';
import { migrate } from './schema.js';
import { toWireError } from './wire-error.js';

/** The one connection that writes and checkpoints. */
export interface GroupWriter {
  /** When it was opened. */
  readonly lastSequence: number;
  /** The data were last used in another file. */
  readonly copied: boolean;
  /** All units in one transaction and one sync; each takes effect or is refused by itself. */
  commit(units: readonly WireUnit[]): UnitResult[];
  /** Checkpoints and closes. */
  close(): void;
}

export const databaseName = 'store.db';

const cacheKiB = 65_536;
const defaultBusyTimeoutMs = 10_000;
/** Pages of the log after which the writer copies it into the database: 64 MiB, so that a page changed by many commits is copied once. */
const checkpointPages = 16_384;

export interface WriterLimits {
  /** Pages of 4 KiB that the database may have; no limit but the disk when absent. */
  readonly mostPages?: number;
  /** A commit waits so long for another program that has locked the database; 10 s when absent. */
  readonly busyTimeoutMs?: number;
}

/** Throws FhirError where the data is of a later release. */
export function openGroupWriter(path: string, nodeId: string, limits: WriterLimits = {}): GroupWriter {
  const { mostPages, busyTimeoutMs = defaultBusyTimeoutMs } = limits;
  const database = openDatabase(path, { readOnly: false, cacheKiB, busyTimeoutMs });
  try {
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = ${String(checkpointPages)}`,
    );
    migrate(database);
    if (mostPages !== undefined) database.exec(`PRAGMA max_page_count = ${String(mostPages)}`);
    const file = openDataFile(database, path);
    const committer = createCommitter(database, nodeId, file);
    return {
      lastSequence: committer.state.lastSequence,
      copied: file.copied,
      commit: (units) => commitGroup(database, committer, units),
      close() {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
        closeDatabase(database);
      },
    };
  } catch (error) {
    closeDatabase(database);
    throw error;
  }
}

function commitGroup(database: Database, committer: Committer, units: readonly WireUnit[]): UnitResult[] {
  const before = { ...committer.state };
  try {
    database.exec('BEGIN IMMEDIATE');
    const results = units.map((unit) => committer.apply(unit));
    committer.counts.flush();
    database.exec('COMMIT');
    return results;
  } catch (error) {
    // Some failures of the disk have rolled back by themselves.
    if (database.isTransaction) database.exec('ROLLBACK');
    committer.rolledBack(before);
    if (units.length > 1 && !isStorageFailure(error)) {
      return units.flatMap((unit) => commitGroup(database, committer, [unit]));
    }
    const failure = { ok: 'error', error: toWireError(error) } as const;
    return units.map(() => failure);
  }
}
