import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { fhirError } from '../../fhir/fhir-error.js';
import { closeDatabase, type Database } from './driver.js';
import { databaseName } from './group.js';
import { acquireLock } from './lock.js';
import { openReader } from './open-reader.js';
import { schemaNumber } from './schema.js';

/**
 * Writes the state of one moment into a new folder, which is a data directory of its own. Throws FhirError
 * `business-rule` where the folder already holds something.
 */
export function writeBackup(database: Database, target: string): void {
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw fhirError('business-rule', 'business-rule', 'The folder of a backup must be new or empty');
  }
  mkdirSync(target, { recursive: true });
  const unfinished = join(target, `${databaseName}.unfinished`);
  database.prepare('VACUUM INTO ?').run(unfinished);
  sync(unfinished);
  renameSync(unfinished, join(target, databaseName));
  sync(target);
  sync(dirname(target));
}

/** The same of a data directory that another process may be running on. Throws FhirError `not-found` where there is none. */
export function backupDirectory(directory: string, target: string): void {
  if (!existsSync(join(directory, databaseName))) throw noStore(directory);
  const database = openReader(directory);
  try {
    writeBackup(database, target);
  } finally {
    closeDatabase(database);
  }
}

/**
 * Puts a backup in the place of a data directory that no process runs on. What was there is kept beside it; its folder
 * is answered. Throws FhirError `not-found` where `from` is no backup, `busy` where the directory is in use.
 */
export function restoreDirectory(from: string, directory: string): { keptAt?: string } {
  const source = join(from, databaseName);
  if (!existsSync(source)) throw noStore(from);
  const backup = openReader(from);
  try {
    if (schemaNumber(backup) === 0) throw noStore(from);
  } finally {
    closeDatabase(backup);
  }
  const unfinished = `${directory}.restoring`;
  mkdirSync(unfinished, { recursive: true });
  copyFileSync(source, join(unfinished, databaseName));
  sync(join(unfinished, databaseName));
  const keptAt = setAside(directory);
  renameSync(unfinished, directory);
  sync(dirname(directory));
  return keptAt === undefined ? {} : { keptAt };
}

function setAside(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  acquireLock(directory).release();
  const keptAt = `${directory}.before-restore-${new Date().toISOString().replaceAll(':', '-')}`;
  renameSync(directory, keptAt);
  return keptAt;
}

const noStore = (folder: string): Error =>
  fhirError('not-found', 'not-found', `There is no store in the folder ${folder}`);

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
