import { parentPort, workerData } from 'node:worker_threads';

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

export type ReadAnswer =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly error: WireError };

if (parentPort) {
  const port = parentPort;
  const reads = createSlowReads(openReader((workerData as { readonly directory: string }).directory));
  port.on('message', ({ number, method, values }: ReadRequest) => {
    try {
      const read = reads[method] as (...of: readonly unknown[]) => unknown;
      port.postMessage({ number, ok: true, value: read(...values) } satisfies ReadAnswer);
    } catch (error) {
      port.postMessage({ number, ok: false, error: toWireError(error) } satisfies ReadAnswer);
    }
  });
}
