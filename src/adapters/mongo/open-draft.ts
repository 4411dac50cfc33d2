import type { mongo } from 'mongoose';

import { toReference, versionName } from '../../fhir/key.js';
import type { CommitUnit } from '../../ports/store.js';
import type { MetaDoc } from './documents.js';
import { newDraft, type Draft } from './draft.js';
import { readStanding } from './enrolments.js';
import { toLease, toTimer } from './jobs.js';
import { onceId } from './positions.js';
import type { Collections } from './schema.js';

/** Reads, inside the transaction, everything that the expectations of the units are about. */
export async function openDraft(
  collections: Collections,
  session: mongo.ClientSession,
  { units, meta }: { readonly units: readonly CommitUnit[]; readonly meta: MetaDoc },
): Promise<Draft> {
  const draft = newDraft(meta);
  const asked = namesIn(units);
  await readResources(collections, draft, { session, keys: asked.keys });
  await readReplicaState(collections, draft, { session, versions: asked.replicas });
  await readStanding(collections, draft, { session, keys: asked.enrolled });
  if (asked.cursors.length > 0) {
    const docs = await collections.cursors.find({ _id: { $in: asked.cursors } }, { session }).toArray();
    for (const { _id, incarnation, sequence, hash } of docs) {
      draft.cursors.set(_id, { incarnation, sequence, hash });
    }
  }
  if (asked.leases.length > 0) {
    const docs = await collections.leases.find({ _id: { $in: asked.leases } }, { session }).toArray();
    for (const doc of docs) draft.leases.set(doc._id, toLease(doc));
  }
  if (asked.timers.length > 0) {
    const docs = await collections.timers.find({ _id: { $in: asked.timers } }, { session }).toArray();
    for (const doc of docs) draft.timers.set(doc._id, toTimer(doc));
  }
  if (asked.once.length > 0) {
    const docs = await collections.once.find({ _id: { $in: asked.once } }, { session }).toArray();
    for (const doc of docs) draft.once.set(doc._id, doc);
  }
  return draft;
}

function namesIn(units: readonly CommitUnit[]) {
  const keys = new Set<string>();
  const replicas = new Map<string, { key: string; n: number }>();
  const enrolled = new Set<string>();
  const cursors = new Set<string>();
  const leases = new Set<string>();
  const timers = new Set<string>();
  const once = new Set<string>();
  for (const unit of units) {
    if (unit.once) once.add(onceId(unit.once.principal, unit.once.requestId));
    for (const guard of unit.guards) if (guard.kind === 'unchanged') keys.add(toReference(guard.key));
    for (const change of unit.changes) {
      if (change.kind === 'move-cursor') cursors.add(change.name);
      if (change.kind === 'lease') leases.add(change.name);
      if (change.kind === 'clear-timer' && change.dueAt !== undefined) timers.add(change.id);
      if (change.kind === 'enrol' || change.kind === 'withdraw') enrolled.add(toReference(change.key));
      if (change.kind !== 'put' && change.kind !== 'delete' && change.kind !== 'replica') continue;
      const key = toReference(change.key);
      keys.add(key);
      if (change.kind === 'replica') replicas.set(versionName(change), { key, n: change.versionId });
    }
  }
  return {
    keys: [...new Set([...keys, ...enrolled])],
    enrolled: [...enrolled],
    replicas: [...replicas.values()],
    cursors: [...cursors],
    leases: [...leases],
    timers: [...timers],
    once: [...once],
  };
}

async function readResources(
  { resources, forks }: Collections,
  draft: Draft,
  { session, keys }: { readonly session: mongo.ClientSession; readonly keys: readonly string[] },
): Promise<void> {
  if (keys.length === 0) return;
  const projection = { key: 1, seq: 1, n: 1, deleted: 1, owner: 1, apart: 1 };
  const forked: string[] = [];
  for await (const doc of resources.find({ key: { $in: [...keys] } }, { session, projection })) {
    const { _id: rid, key, seq, n, deleted, owner, apart } = doc;
    draft.resources.set(key, { rid, seq, n, deleted, owner, ...(apart === undefined ? {} : { apart }) });
    draft.known.add(key);
    if (apart !== undefined) forked.push(key);
  }
  if (forked.length === 0) return;
  for await (const doc of forks.find({ key: { $in: forked } }, { session })) addFork(draft, doc);
}

function addFork(draft: Draft, doc: Parameters<Draft['forks']['set']>[1][number]): void {
  const known = draft.forks.get(doc.key) ?? [];
  if (!known.some(({ _id }) => _id === doc._id)) draft.forks.set(doc.key, [...known, doc]);
}

/** Which of the versions are held, and with which hashes. */
async function readReplicaState(
  { versions, forks }: Collections,
  draft: Draft,
  asked: {
    readonly session: mongo.ClientSession;
    readonly versions: readonly { readonly key: string; readonly n: number }[];
  },
): Promise<void> {
  const { session } = asked;
  const held = asked.versions.filter(({ key }) => draft.resources.has(key));
  if (held.length === 0) return;
  const keys = [...new Set(held.map(({ key }) => key))];
  const numbers = [...new Set(held.map(({ n }) => n))];
  const projection = { type: 1, id: 1, n: 1, hash: 1 };
  const found = versions.find({ key: { $in: keys }, n: { $in: numbers } }, { session, projection });
  for await (const { type, id, n, hash } of found) {
    draft.hashes.set(versionName({ key: { type, id }, versionId: n }), hash);
  }
  for await (const doc of forks.find({ key: { $in: keys } }, { session })) addFork(draft, doc);
}
