import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { mongo } from 'mongoose';

import { toReference } from '../../fhir/key.js';
import type { CommitResult, CommitUnit, Guard } from '../../ports/store.js';
import { applyUnit } from './apply-unit.js';
import type { MetaDoc } from './documents.js';
import type { Draft } from './draft.js';
import { openDraft } from './open-draft.js';
import type { Collections } from './schema.js';
import { equalityKey } from './search-predicate.js';
import { matchingIds } from './search.js';
import { paramOf } from './index-keys.js';
import { isSocketError } from './socket-error.js';
import { writeDraft } from './write-draft.js';

export interface CommitContext {
  readonly collections: Collections;
  /** Of all transactions of this process: a new one ends what a broken connection may have left of the one before. */
  readonly session: mongo.ClientSession;
  /** No other process commits to this store now. */
  readonly alone: () => boolean;
  readonly nodeId: string;
  readonly place: string;
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

const longestPauseMs = 20;

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
  let unanswered: Attempt | undefined;
  for (let count = 0; ; count += 1) {
    const attempt: Attempt = { token: randomUUID(), results: new Map(), appended: false };
    try {
      return await runTransaction(context, units, { attempt, unanswered });
    } catch (error) {
      if (!isPassing(error) || Date.now() > until) throw error;
      if (isUnanswered(error)) unanswered = attempt;
      await pause(Math.random() * Math.min(longestPauseMs, 2 + count));
    }
  }
}

interface Attempt {
  readonly token: string;
  readonly results: Map<CommitUnit, CommitResult>;
  appended: boolean;
}

interface Attempts {
  readonly attempt: Attempt;
  /** An earlier one whose commit was sent and not answered. */
  readonly unanswered: Attempt | undefined;
}

/**
 * Whether an earlier attempt was committed is never guessed: this transaction has written the meta document, so that the
 * one before has been committed, and its name is among the last ones, or never will be.
 */
async function runTransaction(
  context: CommitContext,
  units: readonly CommitUnit[],
  { attempt, unanswered }: Attempts,
): Promise<GroupResult> {
  const { collections, session } = context;
  const { results, token } = attempt;
  session.startTransaction(options);
  try {
    const meta = await openMeta(collections, session, token);
    if (unanswered && meta.lastCommits.includes(unanswered.token)) {
      await session.abortTransaction();
      return unanswered;
    }
    const draft = await openDraft(collections, session, { units, meta });
    for (const unit of units) {
      if (results.size > 0 && mustWait(draft, unit)) break;
      const failedGuards = await checkMatches(context, session, unit.guards);
      results.set(unit, applyUnit(draft, { unit, failedGuards, nowMs: context.now(), ...context }));
    }
    if (![...results.values()].some(({ ok }) => ok)) {
      await session.abortTransaction();
      return attempt;
    }
    await writeDraft(collections, draft, session);
    attempt.appended = draft.writes.versions.length > 0;
  } catch (error) {
    await session.abortTransaction().catch(() => undefined);
    throw error;
  }
  await session.commitTransaction();
  return attempt;
}

/** Of a commit: it may have been carried out. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof mongo.MongoError
    ? error.hasErrorLabel('UnknownTransactionCommitResult')
    : isSocketError(error);

/** A conflict with another transaction, or a connection that broke: nothing was done, and the same again may succeed. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof mongo.MongoError)) return isSocketError(error);
  const conflicts = error.code === 112 || error.code === 251 || error.code === 11000;
  return conflicts || error.hasErrorLabel('TransientTransactionError') || isUnanswered(error);
}

/** The transaction's first statement: from here on no other one is committed before it. */
async function openMeta(
  { meta }: Collections,
  session: mongo.ClientSession,
  token: string,
): Promise<MetaDoc> {
  const doc = await meta.findOneAndUpdate(
    { _id: 'store' },
    { $push: { lastCommits: { $each: [token], $slice: -100 } } },
    { session, returnDocument: 'after' },
  );
  if (!doc) throw new Error('the store has no meta document: prepare it first');
  return doc;
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
