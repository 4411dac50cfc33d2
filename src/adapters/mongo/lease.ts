import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { fhirError } from '../../fhir/fhir-error.js';
import type { Collections } from './schema.js';

/*
 * One process at a time has a store: its name and the end of its lease stand in the meta document, which every commit
 * writes. So a process that slept through its lease can't commit beside its successor.
 */

export interface Lease {
  readonly holder: string;
  release(): Promise<void>;
}

export const leaseMs = 10_000;

/** Waits for the lease of a process that ended without giving it back; throws `busy` where it is renewed meanwhile. */
export async function takeLease(
  { meta }: Collections,
  events: { readonly onLost: () => void; readonly waitMs?: number },
): Promise<Lease> {
  const holder = randomUUID();
  const until = Date.now() + (events.waitMs ?? leaseMs + 2_000);
  for (;;) {
    const now = Date.now();
    const free = { $or: [{ holder: '' }, { leaseUntil: { $lt: now } }] };
    const taken = await meta.updateOne(
      { _id: 'store', ...free },
      { $set: { holder, leaseUntil: now + leaseMs } },
    );
    if (taken.matchedCount === 1) break;
    if (now > until) throw fhirError('busy', 'transient', 'Another process has the store');
    await pause(200);
  }
  const renewing = setInterval(() => {
    meta
      .updateOne({ _id: 'store', holder }, { $set: { leaseUntil: Date.now() + leaseMs } })
      .then(({ matchedCount }) => {
        if (matchedCount === 1) return;
        clearInterval(renewing);
        events.onLost();
      })
      // Not reached now: the next time, or the end of the lease, decides.
      .catch(() => undefined);
  }, leaseMs / 3);
  renewing.unref();
  return {
    holder,
    async release() {
      clearInterval(renewing);
      await meta.updateOne({ _id: 'store', holder }, { $set: { holder: '' } });
    },
  };
}
