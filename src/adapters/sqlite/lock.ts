import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fhirError } from '../../fhir/fhir-error.js';
import { closeDatabase, openDatabase, resultCode, type Database } from './driver.js';

const busyCode = 5;

/**
 * Takes a data directory for this process. The lock is one that the operating system holds on a file for as long as
 * the process lives, so that it is free again after a crash. Throws FhirError `busy`, naming the holder where known.
 */
export function acquireLock(directory: string): { release(): void } {
  const holderPath = join(directory, 'lock.pid');
  let database: Database | undefined;
  try {
    database = openDatabase(join(directory, 'lock.db'), { readOnly: false, cacheKiB: 64, busyTimeoutMs: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (database) closeDatabase(database);
    if (resultCode(error) !== busyCode) throw error;
    throw fhirError('busy', 'conflict', `The data directory is in use by ${holderOf(holderPath)}`);
  }
  writeFileSync(holderPath, String(process.pid));
  const held = database;
  return { release: () => closeDatabase(held) };
}

function holderOf(path: string): string {
  try {
    return `process ${String(Number.parseInt(readFileSync(path, 'utf8'), 10))}`;
  } catch {
    return 'another process';
  }
}
