import type { mongo } from 'mongoose';

import { countUpsert } from './counts.js';
import type { Draft } from './draft.js';
import { writeEnrolments } from './enrolments.js';
import { toTimerDoc } from './jobs.js';
import type { Collections } from './schema.js';

/** Writes what the units of a group have decided, inside their transaction. */
export async function writeDraft(
  collections: Collections,
  draft: Draft,
  session: mongo.ClientSession,
): Promise<void> {
  const { writes, meta } = draft;
  const ordered = { session, ordered: true };
  const { _id, commits: _commits, ...fields } = meta;
  await collections.meta.updateOne({ _id }, { $set: fields }, { session });
  if (writes.versions.length > 0) await collections.versions.insertMany(writes.versions, ordered);
  await writeResources(collections, draft, session);
  await writeApart(collections, draft, session);
  const forks = [...writes.forks.values()].flat().map((doc) => ({
    replaceOne: { filter: { _id: doc._id }, replacement: doc, upsert: true },
  }));
  if (forks.length > 0) await collections.forks.bulkWrite(forks, ordered);
  if (writes.exceptions.length > 0) await collections.exceptions.bulkWrite(writes.exceptions, ordered);
  const cursors = [...writes.cursors].map(([name, position]) => ({
    replaceOne: { filter: { _id: name }, replacement: position, upsert: true },
  }));
  if (cursors.length > 0) await collections.cursors.bulkWrite(cursors, ordered);
  await writeEnrolments(collections, draft, session);
  await writeJobs(collections, draft, session);
  if (writes.once.length > 0) await collections.once.insertMany(writes.once, ordered);
  if (writes.prunedOnce.length > 0) {
    await collections.once.deleteMany({ at: { $lt: Math.max(...writes.prunedOnce) } }, { session });
  }
  const counts = [...writes.counts.values()].filter(({ n, bytes }) => n !== 0 || bytes !== 0);
  if (counts.length > 0) await collections.counts.bulkWrite(counts.map(countUpsert), ordered);
  if (writes.audit.length > 0) await collections.audit.insertMany(writes.audit, ordered);
}

async function writeJobs(
  collections: Collections,
  { writes }: Draft,
  session: mongo.ClientSession,
): Promise<void> {
  const leases = [...writes.leases].map(([name, lease]) => ({
    replaceOne: { filter: { _id: name }, replacement: lease, upsert: true },
  }));
  if (leases.length > 0) await collections.leases.bulkWrite(leases, { session, ordered: true });
  const timers = [...writes.timers].map(([id, timer]) =>
    timer
      ? { replaceOne: { filter: { _id: id }, replacement: toTimerDoc(timer), upsert: true } }
      : { deleteOne: { filter: { _id: id } } },
  );
  if (timers.length > 0) await collections.timers.bulkWrite(timers, { session, ordered: true });
}

async function writeResources(
  { resources, dates }: Collections,
  { writes, known }: Draft,
  session: mongo.ClientSession,
): Promise<void> {
  if (writes.resources.size === 0) return;
  const ordered = { session, ordered: true };
  const docs = [...writes.resources.values()];
  const first = docs.filter(({ key }) => !known.has(key));
  if (first.length > 0) await resources.insertMany(first, ordered);
  const again = docs.filter(({ key }) => known.has(key));
  if (again.length > 0) {
    await resources.bulkWrite(
      again.map((doc) => ({ replaceOne: { filter: { _id: doc._id }, replacement: doc } })),
      ordered,
    );
    await dates.deleteMany({ rid: { $in: again.map(({ _id }) => _id) } }, { session });
  }
  const made = [...writes.dates.values()].flat();
  if (made.length > 0) await dates.insertMany(made, ordered);
}

/** The highest version kept apart stands with the resource and with its current version. */
async function writeApart(
  { resources, versions }: Collections,
  { writes, resources: held }: Draft,
  session: mongo.ClientSession,
): Promise<void> {
  for (const key of writes.apart.keys()) {
    const { rid, seq, apart } = held.get(key) ?? {};
    if (rid === undefined || seq === undefined) continue;
    const update = apart === undefined ? { $unset: { apart: '' as const } } : { $set: { apart } };
    await resources.updateOne({ _id: rid }, update, { session });
    await versions.updateOne({ _id: seq }, update, { session });
  }
}
