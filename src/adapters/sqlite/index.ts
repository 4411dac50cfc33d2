import { mkdirSync } from 'node:fs';

import { fhirError } from '../../fhir/fhir-error.js';
import type { SearchQuery } from '../../fhir/search/search-expression.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { SearchMatch, SearchResult, Store } from '../../ports/store.js';
import { closeDatabase, type Database } from './driver.js';
import { createEnrolments, type Enrolments } from './enrolments.js';
import { acquireLock } from './lock.js';
import { openReader } from './open-reader.js';
import { createUnpacker, type VersionUnpacker } from './packed-versions.js';
import { createJobs, type Jobs } from './jobs.js';
import { createPositions, type Positions } from './positions.js';
import { createPointReads, type PointReads } from './read.js';
import { startReaders, type ReaderPool } from './reader-pool.js';
import { createSearch, type Search, type SearchPage } from './search.js';
import { createStorage, freeBytesOf, probe, type Storage } from './storage.js';
import { startWriter, type WriterClient } from './writer-client.js';

export interface SqliteStoreOptions {
  /** Data directory, made where there is none; one process has it at a time. */
  readonly directory: string;
  /** Threads for searches, history and the log. */
  readonly readers: number;
  readonly clock: Clock;
  readonly nodeId: string;
  readonly logger: Logger;
  /** The writer ended by itself: nothing can be written any more. Thrown as an uncaught exception when absent. */
  readonly onFailure?: (error: Error) => void;
  /** A commit waits so long for another program that has locked the database; 10 s when absent. */
  readonly busyTimeoutMs?: number;
}

/** What an open store holds; the calling thread reads single records on a connection of its own. */
interface OpenStore {
  readonly release: () => void;
  readonly database: Database;
  readonly writer: WriterClient;
  readonly readers: ReaderPool;
  readonly points: PointReads;
  readonly positions: Positions;
  readonly jobs: Jobs;
  readonly enrolments: Enrolments;
  readonly search: Search;
  readonly unpacker: VersionUnpacker;
  readonly storage: Storage;
}

/** The embedded store: SQLite in one directory. Closed until `open` resolves. */
export function openSqliteStore(options: SqliteStoreOptions): Store {
  let opened: OpenStore | undefined;
  const listeners = new Set<() => void>();
  const store = (): OpenStore => {
    if (opened) return opened;
    throw fhirError('busy', 'transient', 'The store is closed');
  };
  return {
    async open() {
      if (opened) throw new Error('the store is open');
      opened = await openAll(options, listeners);
      options.logger.info({ schema: opened.positions.status().schema }, 'store opened');
    },
    async close() {
      const closing = opened;
      opened = undefined;
      if (!closing) return;
      await closing.readers.close();
      closeDatabase(closing.database);
      await closing.writer.close();
      closing.release();
    },
    async commit(unit) {
      const { writer, storage } = store();
      const result = await writer.commit(unit, options.clock.now());
      if (result.ok && unit.changes.some(({ kind }) => kind === 'accept-file')) storage.copied = false;
      return result;
    },
    async ping() {
      const { positions, storage, writer } = store();
      positions.last();
      if (storage.failing()) await storage.probe(() => writer.commit(probe(positions), options.clock.now()));
    },
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ...pointReads(store),
    ...slowReads(store),
  };
}

/** What the calling thread reads by itself. */
function pointReads(store: () => OpenStore) {
  return {
    async status() {
      const { positions, storage } = store();
      return {
        ...positions.status(),
        ...(storage.copied ? { copied: true as const } : {}),
        ...(storage.failing() ? { failing: true as const } : {}),
      };
    },
    read: async (keys) => store().points.read(keys),
    readVersion: async (key, versionId) => store().points.readVersion(key, versionId),
    positionAt: async (sequence) => store().positions.positionAt(sequence),
    cursor: async (name) => store().positions.cursor(name),
    lease: async (name) => store().jobs.lease(name),
    dueTimers: async ({ now, limit }) => store().jobs.dueTimers(now, limit),
    blocks: async (request) => store().enrolments.blocks(request),
    enrolled: async (ids) => store().enrolments.enrolled(ids),
    outcomeOf: async (principal, requestId) => store().positions.once(principal, requestId),
  } satisfies Partial<Store>;
}

/** What a reader thread reads. */
function slowReads(store: () => OpenStore) {
  return {
    search: async (query) => runSearch(store(), query),
    async history(scope, page) {
      const { unpacker, readers } = store();
      const { versions, ...rest } = await readers.ask('history', scope, page);
      return { ...rest, versions: unpacker.unpack(versions) };
    },
    async readLog(request) {
      const { unpacker, readers } = store();
      const { versions, upTo } = await readers.ask('readLog', request);
      const sequences = unpacker.sequences(versions);
      const entries = unpacker.unpack(versions).map((version, place) => ({
        ...version,
        position: { incarnation: upTo.incarnation, sequence: sequences[place] ?? 0, hash: version.hash },
      }));
      return { entries, upTo };
    },
    countByType: async () => new Map(await store().readers.ask('countByType')),
    exceptions: async (query) => store().readers.ask('exceptions', query),
    countExceptions: async () => new Map(await store().readers.ask('countExceptions')),
    digests: async (scope) => store().readers.ask('digests', scope),
    versionsOf: async (scope, page) => store().readers.ask('versionsOf', scope, page),
    counts: async (query) => store().readers.ask('counts', query),
    readAudit: async (query) => store().readers.ask('readAudit', query),
    countEnrolled: async () => store().readers.ask('countEnrolled'),
    unmatchable: async (page) => store().readers.ask('unmatchable', page),
    backup: async (target) => store().readers.askApart('backup', target),
  } satisfies Partial<Store>;
}

async function openAll(options: SqliteStoreOptions, listeners: ReadonlySet<() => void>): Promise<OpenStore> {
  const { directory, nodeId, logger, busyTimeoutMs } = options;
  mkdirSync(directory, { recursive: true });
  const { release } = acquireLock(directory);
  const storage = createStorage(logger, () => freeBytesOf(directory));
  try {
    const writer = await startWriter(
      { directory, nodeId, ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }) },
      {
        onStorage: storage.report,
        onAppended: () => listeners.forEach((listener) => listener()),
        onDeath(error) {
          logger.error({ cause: error.message }, 'the writer of the store ended');
          (options.onFailure ?? throwUncaught)(error);
        },
      },
    );
    storage.copied = writer.copied;
    const database = openReader(directory);
    return {
      release,
      database,
      writer,
      readers: startReaders(directory, options.readers),
      points: createPointReads(database),
      positions: createPositions(database),
      jobs: createJobs(database),
      enrolments: createEnrolments(database),
      search: createSearch(database),
      unpacker: createUnpacker(database),
      storage,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** What costs less than handing it over is searched on the calling thread. */
async function runSearch({ search, readers }: OpenStore, query: SearchQuery): Promise<SearchResult> {
  const page = query.limit <= inlineLimit ? search.runCheap(query) : undefined;
  const { found, ...rest }: SearchPage = page ?? (await readers.ask('search', query));
  return { ...rest, matches: matchesOf(query.type, found) };
}

function matchesOf(type: string, found: readonly string[]): SearchMatch[] {
  const matches: SearchMatch[] = [];
  for (let at = 0; at < found.length; at += 2) {
    matches.push({ key: { type, id: found[at] ?? '' }, body: found[at + 1] ?? '' });
  }
  return matches;
}

/** Longest page that the calling thread reads by itself. */
const inlineLimit = 100;

function throwUncaught(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
