import { parentPort, workerData } from 'node:worker_threads';

import { closeDatabase } from './driver.js';
import { openReader } from './open-reader.js';
import { createSlowReads, type SlowReads } from './slow-reads.js';
import { toWireError } from './wire-error.js';
import type { WireError } from './messages.js';

/* Entry of a thread that reads on a connection of its own. */

export interface ReadRequest {
  readonly number: number;
  readonly method: keyof SlowReads;
  readonly values: readonly unknown[];
}

/** Ends the thread after what was asked before. */
export const closeReader = 'close';

export type ReadAnswer =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly error: WireError };

if (parentPort) {
  const port = parentPort;
  const database = openReader((workerData as { readonly directory: string }).directory);
  const reads = createSlowReads(database);
  port.on('message', (request: ReadRequest | typeof closeReader) => {
    if (request === closeReader) {
      closeDatabase(database);
      port.close();
      return;
    }
    const { number, method, values } = request;
    try {
      const read = reads[method] as (...of: readonly unknown[]) => unknown;
      port.postMessage({ number, ok: true, value: read(...values) } satisfies ReadAnswer);
    } catch (error) {
      port.postMessage({ number, ok: false, error: toWireError(error) } satisfies ReadAnswer);
    }
  });
}
