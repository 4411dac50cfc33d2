import mongoose, { mongo, type Connection } from 'mongoose';

import { fhirError, type FhirError } from '../../fhir/fhir-error.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { Store, StoreStatus } from '../../ports/store.js';
import { readAudit } from './audit.js';
import { restoreBackup, writeBackup } from './backup.js';
import { readCounts } from './counts.js';
import { listVersions, readDigests } from './digests.js';
import { countEnrolled, listUnmatchable, readBlocks, readEnrolled } from './enrolments.js';
import { countExceptions, readExceptions } from './exceptions.js';
import { createGroupWriter, type GroupWriter } from './group-writer.js';
import { followLog, type LogFollower } from './follow-log.js';
import { readHistory } from './history.js';
import { dueTimers, readLease } from './jobs.js';
import { readLog } from './log.js';
import { positionAt, onceId, readMeta, statusOf, toOnce, toPosition } from './positions.js';
import { proveTransactions } from './prove-transactions.js';
import { countByType, readCurrent, readVersion } from './read.js';
import { collectionsOf, missingParts, placeOf, prepareStore, type Collections } from './schema.js';
import { search } from './search.js';
import { isSocketError } from './socket-error.js';
import { registerWriter, type Writer } from './writers.js';

export interface MongoStoreOptions {
  /** Connection string, the database in it. */
  readonly url: string;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly logger: Logger;
  /** Milliseconds that a commit may go on trying, 30,000 when absent. */
  readonly patienceMs?: number;
}

interface OpenStore {
  readonly connection: Connection;
  readonly collections: Collections;
  readonly writer: GroupWriter;
  readonly registered: Writer;
  readonly place: string;
  readonly follower: LogFollower;
}

/** The store on MongoDB: a replica set or sharded cluster. Closed until `open` resolves. */
export function openMongoStore(options: MongoStoreOptions): Store {
  let opened: OpenStore | undefined;
  const closed = (): FhirError => fhirError('busy', 'transient', 'The store is closed');
  async function using<T>(work: (store: OpenStore) => Promise<T>): Promise<T> {
    if (!opened) throw closed();
    try {
      return await work(opened);
    } catch (error) {
      const ofServer = error instanceof mongo.MongoError || isSocketError(error);
      throw ofServer ? unreachable(error, options.logger) : error;
    }
  }
  const on: On = (work) => using(({ collections }) => work(collections));
  return {
    async open() {
      if (opened) throw new Error('the store is open');
      opened = await openAll(options);
      options.logger.info({}, 'store opened');
    },
    async close() {
      const closing = opened;
      opened = undefined;
      if (!closing) return;
      await closing.follower.stop();
      await closing.writer.drained();
      await closing.registered.stop();
      await closing.connection.close();
    },
    ping: () => using(async ({ collections }) => void (await readMeta(collections))),
    status: () => using(status),
    commit: (unit) => using(({ writer }) => writer.commit(unit)),
    watch(listener) {
      if (!opened) throw closed();
      return opened.follower.watch(listener);
    },
    ...reads(on),
    backup: (target) => using(({ connection }) => writeBackup(connection, target)),
  };
}

type On = <T>(work: (collections: Collections) => Promise<T>) => Promise<T>;

function reads(on: On) {
  return {
    read: (keys) => on((store) => readCurrent(store, keys)),
    readVersion: (key, versionId) => on((store) => readVersion(store, key, versionId)),
    history: (scope, page) => on((store) => readHistory(store, scope, page)),
    search: (query) => on((store) => search(store, query)),
    countByType: () => on(countByType),
    readLog: (request) => on((store) => readLog(store, request)),
    positionAt: (sequence) => on((store) => positionAt(store, sequence)),
    cursor: (name) =>
      on(async ({ cursors }) => {
        const doc = await cursors.findOne({ _id: name });
        return doc ? toPosition(doc) : undefined;
      }),
    lease: (name) => on((store) => readLease(store, name)),
    dueTimers: (request) => on((store) => dueTimers(store, request)),
    outcomeOf: (principal, requestId) =>
      on(async ({ once }) => {
        const doc = await once.findOne({ _id: onceId(principal, requestId) });
        return doc ? toOnce(doc) : undefined;
      }),
    exceptions: (query) => on((store) => readExceptions(store, query)),
    countExceptions: () => on(countExceptions),
    digests: (scope) => on((store) => readDigests(store, scope)),
    versionsOf: (scope, page) => on((store) => listVersions(store, scope, page)),
    counts: (query) => on((store) => readCounts(store, query)),
    readAudit: (query) => on((store) => readAudit(store, query)),
    blocks: (request) => on((store) => readBlocks(store, request)),
    enrolled: (ids) => on((store) => readEnrolled(store, ids)),
    countEnrolled: () => on(countEnrolled),
    unmatchable: (page) => on((store) => listUnmatchable(store, page)),
  } satisfies Partial<Store>;
}

async function status({ collections, place }: OpenStore): Promise<StoreStatus> {
  const meta = await readMeta(collections);
  return { ...statusOf(meta), ...(meta.place === place ? {} : { copied: true as const }) };
}

/** The text of a server's error may quote values: it stays out of answers and logs. */
function unreachable(
  error: Error & { readonly code?: string | number | undefined },
  logger: Logger,
): FhirError {
  logger.error({ error: error.name, code: String(error.code ?? '') }, 'the store failed');
  return fhirError('busy', 'transient', 'The store can’t be reached now');
}

/**
 * Bounds in milliseconds; the connection string may name others. A server that answers nothing more is noticed by its
 * heartbeat, within `connectTimeoutMS` and the 10 s between two heartbeats; all requests to it end then. A request that
 * alone stays without an answer ends after `socketTimeoutMS`: no more is left for the digests of all versions.
 */
const bounds = {
  connectTimeoutMS: 10_000,
  serverSelectionTimeoutMS: 10_000,
  waitQueueTimeoutMS: 10_000,
  socketTimeoutMS: 120_000,
};

const defaultPatienceMs = 30_000;

const boundsFor = (url: string): Partial<typeof bounds> =>
  Object.fromEntries(Object.entries(bounds).filter(([name]) => !new RegExp(`[?&]${name}=`, 'i').test(url)));

/** A connection whose reads and writes are durable on a majority, and whose requests end within bounds. */
export function connect(url: string, options: mongo.MongoClientOptions = {}): Promise<Connection> {
  return mongoose
    .createConnection(url, {
      readConcernLevel: 'majority',
      w: 'majority',
      journal: true,
      ...boundsFor(url),
      ...options,
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
    })
    .asPromise();
}

async function openAll(options: MongoStoreOptions): Promise<OpenStore> {
  const { clock, nodeId, logger } = options;
  const connection = await connect(options.url).catch((error: unknown) => {
    const known = error instanceof mongo.MongoError || error instanceof mongoose.Error;
    throw known ? unreachable(error, logger) : error;
  });
  let registered: Writer | undefined;
  try {
    await proveTransactions(connection);
    const missing = await missingParts(connection);
    if (missing.length > 0) {
      throw fhirError('busy', 'transient', `The store is not prepared: ${missing.slice(0, 5).join(', ')}`);
    }
    const collections = collectionsOf(connection);
    const place = await placeOf(connection);
    registered = await registerWriter(connection, collections, logger);
    await claimFor(nodeId, collections);
    await forgetOldCommits(collections, clock.now());
    const follower = followLog(collections);
    const context = {
      collections,
      session: registered.session,
      writerId: registered.id,
      nodeId,
      place,
      now: () => clock.now(),
      patienceMs: options.patienceMs ?? defaultPatienceMs,
    };
    const writer = createGroupWriter(context, { onAppended: follower.appended, alone: registered.alone });
    return { connection, collections, writer, registered, place, follower };
  } catch (error) {
    await registered?.stop();
    await connection.close();
    throw error;
  }
}

/** The first node that opens a store has it for ever: what lies there is owned under its id. Throws `busy` otherwise. */
async function claimFor(node: string, { meta }: Collections): Promise<void> {
  await meta.updateOne({ _id: 'store', node: '' }, { $set: { node } });
  if ((await meta.countDocuments({ _id: 'store', node })) === 1) return;
  throw fhirError('busy', 'not-supported', 'The store is another node’s');
}

const keptMs = 24 * 3_600_000;

/** Takes away what processes of earlier days have left in the meta document. */
async function forgetOldCommits(collections: Collections, nowMs: number): Promise<void> {
  const { commits } = await readMeta(collections);
  const old = Object.entries(commits).filter(([, { at }]) => at < nowMs - keptMs);
  if (old.length === 0) return;
  const $unset = Object.fromEntries(old.map(([writer]) => [`commits.${writer}`, '' as const]));
  await collections.meta.updateOne({ _id: 'store' }, { $unset });
}

export { prepareStore, restoreBackup };
