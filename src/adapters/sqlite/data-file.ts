import { statSync } from 'node:fs';

import { prepareQuery, type Database } from './driver.js';

/** Which file of the file system the data lie in. They remember it, so that a copy of them can be told. */
export interface DataFile {
  /** The data were last used in another file: a backup that was put back, a copy, or moved to another disk. */
  readonly copied: boolean;
  /** This file is theirs from now on. */
  accept(): void;
}

/** `path` of the open database. New data take the file that they are made in. */
export function openDataFile(database: Database, path: string): DataFile {
  const remembered = prepareQuery<[string]>(database, "SELECT value FROM meta WHERE key = 'file'").get()?.[0];
  const remember = database.prepare("INSERT OR REPLACE INTO meta VALUES ('file', ?)");
  const accept = (): void => void remember.run(identityOf(path));
  if (remembered === undefined) accept();
  return { copied: remembered !== undefined && !isSame(remembered, identityOf(path)), accept };
}

/**
 * Number and birth of the file. Not the device: its number may be another after a restart of the machine. A birth that
 * equals the last change is the file system's way to say that it keeps none; then the number alone counts.
 */
function identityOf(path: string): string {
  const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return `${String(ino)}:${birthtimeNs === ctimeNs ? '' : String(birthtimeNs)}`;
}

function isSame(a: string, b: string): boolean {
  const [number, birth] = a.split(':');
  const [otherNumber, otherBirth] = b.split(':');
  return number === otherNumber && (birth === '' || otherBirth === '' || birth === otherBirth);
}
