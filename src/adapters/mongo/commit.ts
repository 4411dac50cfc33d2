import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { mongo } from 'mongoose';

import { fhirError } from '../../fhir/fhir-error.js';
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
  /** Names this process among those on the store. */
  readonly writerId: string;
  readonly nodeId: string;
  readonly place: string;
  readonly now: () => number;
  /** Milliseconds that a commit may go on trying while the server is away or others are in its way. */
  readonly patienceMs: number;
}

/** Results of the units that were decided; the others must wait for the next group. */
export interface GroupResult {
  readonly results: ReadonlyMap<CommitUnit, CommitResult>;
  /** Of the log, where something was added to it. */
  readonly appendedUpTo?: number;
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
 * transaction has read still stands when it commits. Throws the server's error, or `busy` where a commit stayed without
 * an answer, once the patience is over.
 */
export async function commitGroup(
  context: CommitContext,
  units: readonly CommitUnit[],
): Promise<GroupResult> {
  const untilMs = performance.now() + context.patienceMs;
  let unanswered: Attempt | undefined;
  for (let count = 0; ; count += 1) {
    const attempt: Attempt = { token: randomUUID(), results: new Map(), sent: false };
    try {
      return await runTransaction(context, units, { attempt, unanswered });
    } catch (error) {
      if (attempt.sent && !isRefusal(error)) unanswered = attempt;
      else if (!isPassing(error)) throw error;
      if (performance.now() > untilMs) throw unanswered ? noAnswer() : error;
      await pause(Math.random() * Math.min(longestPauseMs, 2 + count));
    }
  }
}

interface Attempt {
  readonly token: string;
  readonly results: Map<CommitUnit, CommitResult>;
  appendedUpTo?: number;
  /** Its commit was asked for. */
  sent: boolean;
}

interface Attempts {
  readonly attempt: Attempt;
  /** An earlier one whose commit was sent and not answered. */
  readonly unanswered: Attempt | undefined;
}

const noAnswer = (): Error =>
  fhirError('busy', 'transient', 'The store has not answered whether it took this: repeat the request');

/**
 * Whether an earlier attempt was committed is never guessed: this transaction has written the meta document, so that the
 * one before has been committed, and stands there as this process's last one, or never will be.
 */
async function runTransaction(
  context: CommitContext,
  units: readonly CommitUnit[],
  { attempt, unanswered }: Attempts,
): Promise<GroupResult> {
  const { collections, session } = context;
  const { results } = attempt;
  session.startTransaction(options);
  try {
    const meta = await openMeta(context, attempt.token);
    if (unanswered && meta.commits[context.writerId]?.token === unanswered.token) {
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
    if (draft.writes.versions.length > 0) attempt.appendedUpTo = draft.meta.lastSequence;
  } catch (error) {
    await session.abortTransaction().catch(() => undefined);
    throw error;
  }
  attempt.sent = true;
  await session.commitTransaction();
  return attempt;
}

/** The server has said of a commit that it was not carried out. */
const isRefusal = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && !error.hasErrorLabel('UnknownTransactionCommitResult');

/** Of a transaction whose commit was not asked for, or refused: the same again may succeed. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof mongo.MongoError)) return isSocketError(error);
  const conflicts = error.code === 112 || error.code === 251 || error.code === 11000;
  return conflicts || error.hasErrorLabel('TransientTransactionError');
}

/** The transaction's first statement: from here on no other one is committed before it. Gives what stood before. */
async function openMeta(
  { collections: { meta }, session, writerId, now }: CommitContext,
  token: string,
): Promise<MetaDoc> {
  const doc = await meta.findOneAndUpdate(
    { _id: 'store' },
    { $set: { [`commits.${writerId}`]: { token, at: now() } } },
    { session, returnDocument: 'before' },
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
