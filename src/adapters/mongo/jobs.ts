import { toInstant, toMs } from '../../fhir/instant.js';
import type { Lease, Timer } from '../../ports/store.js';
import type { LeaseDoc, TimerDoc } from './documents.js';
import type { Collections } from './schema.js';

export const toLease = ({ holder, renewals }: LeaseDoc): Lease => ({ holder, renewals });

export const toTimer = ({ _id, key, event, due }: TimerDoc): Timer => ({
  id: _id,
  key,
  event,
  dueAt: toInstant(due),
});

export const toTimerDoc = ({ id, key, event, dueAt }: Timer): TimerDoc => ({
  _id: id,
  key,
  event,
  due: toMs(dueAt),
});

export async function readLease({ leases }: Collections, name: string): Promise<Lease | undefined> {
  const doc = await leases.findOne({ _id: name });
  return doc ? toLease(doc) : undefined;
}

/** Due at or before an ISO instant, the earliest first. */
export async function dueTimers(
  { timers }: Collections,
  { now, limit }: { readonly now: string; readonly limit: number },
): Promise<Timer[]> {
  const docs = await timers
    .find({ due: { $lte: toMs(now) } })
    .sort({ due: 1, _id: 1 })
    .limit(limit)
    .toArray();
  return docs.map(toTimer);
}
