import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { mongo } from 'mongoose';

import { fhirError } from '../../fhir/fhir-error.js';
import { toReference, versionName } from '../../fhir/key.js';
import type { CommitResult, CommitUnit, Guard } from '../../ports/store.js';
import { applyUnit } from './apply-unit.js';
import { newDraft, type Draft } from './draft.js';
import { onceId } from './positions.js';
import type { Collections } from './schema.js';
import { equalityKey } from './search-predicate.js';
import { matchingIds } from './search.js';
import { paramOf } from './index-keys.js';
import { isSocketError } from './socket-error.js';
import { writeDraft } from './write-draft.js';

export interface CommitContext {
  readonly collections: Collections;
  readonly startSession: () => Promise<mongo.ClientSession>;
  readonly nodeId: string;
  readonly place: string;
  /** The name under which this process has the store. */
  readonly holder: string;
  readonly now: () => number;
  /** Milliseconds that a commit may go on trying while the server is away or others are in its way. */
  readonly patienceMs: number;
}

/** Results of the units that were decided; the others must wait for the next group. */
export interface GroupResult {
  readonly results: ReadonlyMap<CommitUnit, CommitResult>;
  /** Something was added to the log. */
  readonly appended: boolean;
}

const longestPauseMs = 50;

const options: mongo.TransactionOptions = {
  readConcern: { level: 'snapshot' },
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true },
};

/**
 * One transaction for a group of units. Its first act is to write the meta document, so that of transactions at the
 * same time one goes on and the others start anew: commits follow each other, whichever process makes them, and what a
 * transaction has read still stands when it commits. Throws the server's error once the patience is over.
 */
export async function commitGroup(
  context: CommitContext,
  units: readonly CommitUnit[],
): Promise<GroupResult> {
  const until = Date.now() + context.patienceMs;
  // One session for all attempts: with the next transaction the server ends one that it was not told to abort.
  const session = await context.startSession();
  try {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await runTransaction(context, session, { units, until, token: randomUUID() });
      } catch (error) {
        if (!isPassing(error) || Date.now() > until) throw error;
        await pause(Math.random() * Math.min(longestPauseMs, 2 ** attempt));
      }
    }
  } finally {
    await session.endSession();
  }
}

interface Group {
  readonly units: readonly CommitUnit[];
  /** When the patience is over, by Date.now(). */
  readonly until: number;
  /** Names this attempt. */
  readonly token: string;
}

async function runTransaction(
  context: CommitContext,
  session: mongo.ClientSession,
  group: Group,
): Promise<GroupResult> {
  session.startTransaction(options);
  let draft: Draft;
  const results = new Map<CommitUnit, CommitResult>();
  try {
    draft = await openDraft(context, session, group);
    for (const unit of group.units) {
      if (results.size > 0 && mustWait(draft, unit)) break;
      const failedGuards = await checkMatches(context, session, unit.guards);
      results.set(unit, applyUnit(draft, { unit, failedGuards, nowMs: context.now(), ...context }));
    }
    if (![...results.values()].some(({ ok }) => ok)) {
      await session.abortTransaction();
      return { results, appended: false };
    }
    await writeDraft(context.collections, draft, session);
  } catch (error) {
    await session.abortTransaction().catch(() => undefined);
    throw error;
  }
  await finish(context, session, group);
  return { results, appended: draft.writes.versions.length > 0 };
}

/** Commits. Where the answer is lost the store itself is asked, never guessed. */
async function finish(context: CommitContext, session: mongo.ClientSession, group: Group): Promise<void> {
  try {
    await session.commitTransaction();
  } catch (error) {
    const ofDriver = error instanceof mongo.MongoError ? error : undefined;
    const unknown = ofDriver?.hasErrorLabel('UnknownTransactionCommitResult') ?? isSocketError(error);
    if (!unknown) throw error;
    if (await wasCommitted(context, session, group)) return;
    ofDriver?.addErrorLabel('TransientTransactionError');
    throw error;
  }
}

/**
 * Writes the meta document in a further transaction of the session, with which the server ends the one before if it is
 * still open. After it that one has been committed, and its name is among the last ones, or it never will be.
 */
async function wasCommitted(
  { collections: { meta } }: CommitContext,
  session: mongo.ClientSession,
  { token, until }: Group,
): Promise<boolean> {
  for (;;) {
    session.startTransaction(options);
    try {
      const doc = await meta.findOneAndUpdate(
        { _id: 'store' },
        { $inc: { fences: 1 } },
        { session, returnDocument: 'after' },
      );
      await session.commitTransaction();
      return doc?.lastCommits.includes(token) ?? false;
    } catch (error) {
      if (session.inTransaction()) await session.abortTransaction();
      if (Date.now() > until) throw error;
      await pause(longestPauseMs);
    }
  }
}

/** A conflict with another transaction, or a connection that broke: nothing was done, and the same again may succeed. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof mongo.MongoError)) return isSocketError(error);
  const conflicts = error.code === 112 || error.code === 251 || error.code === 11000;
  return conflicts || error.hasErrorLabel('TransientTransactionError');
}

async function openDraft(
  { collections, holder }: CommitContext,
  session: mongo.ClientSession,
  { units, token }: Group,
): Promise<Draft> {
  const meta = await collections.meta.findOneAndUpdate(
    { _id: 'store', holder },
    { $push: { lastCommits: { $each: [token], $slice: -100 } } },
    { session, returnDocument: 'after' },
  );
  if (!meta) throw fhirError('busy', 'transient', 'Another process has the store');
  const draft = newDraft(meta);
  const asked = namesIn(units);
  await readResources(collections, draft, { session, keys: asked.keys });
  await readReplicaState(collections, draft, { session, versions: asked.replicas });
  if (asked.cursors.length > 0) {
    const docs = await collections.cursors.find({ _id: { $in: asked.cursors } }, { session }).toArray();
    for (const { _id, incarnation, sequence, hash } of docs) {
      draft.cursors.set(_id, { incarnation, sequence, hash });
    }
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
  const cursors = new Set<string>();
  const once = new Set<string>();
  for (const unit of units) {
    if (unit.once) once.add(onceId(unit.once.principal, unit.once.requestId));
    for (const guard of unit.guards) if (guard.kind === 'unchanged') keys.add(toReference(guard.key));
    for (const change of unit.changes) {
      if (change.kind === 'move-cursor') cursors.add(change.name);
      if (change.kind !== 'put' && change.kind !== 'delete' && change.kind !== 'replica') continue;
      const key = toReference(change.key);
      keys.add(key);
      if (change.kind === 'replica') replicas.set(versionName(change), { key, n: change.versionId });
    }
  }
  return { keys: [...keys], replicas: [...replicas.values()], cursors: [...cursors], once: [...once] };
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

/** Places of the guards whose query matches something else than their keys. */
async function checkMatches(
  { collections }: CommitContext,
  session: mongo.ClientSession,
  guards: readonly Guard[],
): Promise<Set<number>> {
  const failed = new Set<number>();
  for (const [place, guard] of guards.entries()) {
    if (guard.kind !== 'matches-exactly') continue;
    const limit = guard.keys.length + 1;
    const ids = new Set(await matchingIds(collections, guard.query, { limit, session }));
    const same = guard.keys.every(({ type, id }) => type === guard.query.type && ids.has(id));
    if (ids.size !== guard.keys.length || !same) failed.add(place);
  }
  return failed;
}

/** The unit asks for a search whose matches units before it in the group may have changed: it is decided after them. */
function mustWait({ writes }: Draft, { guards }: CommitUnit): boolean {
  return guards.some((guard) => {
    if (guard.kind !== 'matches-exactly') return false;
    const { type, where } = guard.query;
    const terms = where.kind === 'and' ? where.of : [where];
    const keys = terms.flatMap((term) => {
      const key = term.kind === 'param' ? equalityKey(paramOf(type, term.code), term.test) : undefined;
      return key === undefined ? [] : [key];
    });
    const expected = new Set(guard.keys.map(toReference));
    for (const doc of writes.resources.values()) {
      if (doc.type !== type) continue;
      if (expected.has(doc.key) || keys.every((key) => doc.k.includes(key))) return true;
    }
    return false;
  });
}
