import { join } from 'node:path';

import { openDatabase, type Database } from './driver.js';
import { databaseName } from './group.js';

const cacheKiB = 16_384;
const busyTimeoutMs = 10_000;

/** A read-only connection to a store that its writer has opened. */
export function openReader(directory: string): Database {
  return openDatabase(join(directory, databaseName), { readOnly: true, cacheKiB, busyTimeoutMs });
}
