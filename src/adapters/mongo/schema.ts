import { randomBytes } from 'node:crypto';

import type { Connection, mongo } from 'mongoose';

import { schemaNumber, type MetaDoc } from './documents.js';
import type * as documents from './documents.js';

/** The collections of a store, and the client for sessions. */
export interface Collections {
  readonly meta: mongo.Collection<MetaDoc>;
  readonly versions: mongo.Collection<documents.VersionDoc>;
  readonly resources: mongo.Collection<documents.ResourceDoc>;
  readonly dates: mongo.Collection<documents.DateDoc>;
  readonly forks: mongo.Collection<documents.ForkDoc>;
  readonly exceptions: mongo.Collection<documents.ExceptionDoc>;
  readonly cursors: mongo.Collection<documents.CursorDoc>;
  readonly writers: mongo.Collection<documents.WriterDoc>;
  readonly leases: mongo.Collection<documents.LeaseDoc>;
  readonly timers: mongo.Collection<documents.TimerDoc>;
  readonly enrolments: mongo.Collection<documents.EnrolmentDoc>;
  readonly enrolmentCounts: mongo.Collection<documents.EnrolmentCountDoc>;
  readonly once: mongo.Collection<documents.OnceDoc>;
  readonly counts: mongo.Collection<documents.CountDoc>;
  readonly audit: mongo.Collection<documents.AuditDoc>;
}

type Keys = Readonly<Record<string, 1 | -1>>;

interface IndexSpec {
  readonly keys: Keys;
  readonly unique?: true;
}

/** Along `k`, by first arrival: what a page of a token, reference, uri or exact string search is read along. */
export const byKey: Keys = { k: 1, _id: 1 };
export const byArrival: Keys = { type: 1, deleted: 1, _id: 1 };
export const byId: Keys = { type: 1, deleted: 1, id: 1 };
export const byUpdate: Keys = { type: 1, deleted: 1, updated: 1, _id: 1 };
export const byUpdateDown: Keys = { type: 1, deleted: 1, updated: -1, _id: 1 };
export const byLow: Keys = { p: 1, low: 1, rid: 1 };
export const byHigh: Keys = { p: 1, high: -1, rid: 1 };

const indexes: Readonly<Record<keyof Collections, readonly IndexSpec[]>> = {
  meta: [],
  versions: [
    { keys: { key: 1, n: 1 }, unique: true },
    { keys: { lane: 1, _id: 1 } },
    { keys: { type: 1, _id: 1 } },
    { keys: { arrived: 1, _id: 1 } },
    { keys: { owner: 1, day: 1, source: 1, type: 1, key: 1, n: 1 } },
  ],
  resources: [
    { keys: { key: 1 }, unique: true },
    { keys: byKey },
    { keys: byArrival },
    { keys: byId },
    { keys: byUpdate },
    { keys: byUpdateDown },
  ],
  dates: [{ keys: byLow }, { keys: byHigh }, { keys: { rid: 1 } }],
  forks: [{ keys: { key: 1, n: 1 } }],
  exceptions: [
    { keys: { order: -1 } },
    { keys: { stream: 1, order: -1 } },
    { keys: { kind: 1, order: -1 } },
    { keys: { key: 1, order: -1 } },
  ],
  cursors: [],
  writers: [],
  leases: [],
  timers: [{ keys: { due: 1, _id: 1 } }],
  enrolments: [{ keys: { id: 1 } }, { keys: { k: 1, _id: 1 } }, { keys: { matchable: 1, _id: 1 } }],
  enrolmentCounts: [],
  once: [{ keys: { at: 1 } }],
  counts: [{ keys: { series: 1, day: 1 } }],
  audit: [
    { keys: { at: -1, _id: -1 } },
    { keys: { principal: 1, at: -1, _id: -1 } },
    { keys: { target: 1, at: -1, _id: -1 } },
  ],
};

const names = Object.keys(indexes) as (keyof Collections)[];

export function collectionsOf({ db }: Connection): Collections {
  if (!db) throw new Error('the connection is not open');
  const found = names.map((name) => [name, db.collection(name)] as const);
  return Object.fromEntries(found) as unknown as Collections;
}

/** Makes what is missing: collections, indexes, the meta document. Does no harm to what is there. */
export async function prepareStore(connection: Connection): Promise<void> {
  const { db } = connection;
  if (!db) throw new Error('the connection is not open');
  const present = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
  );
  for (const name of names) {
    if (!present.has(name)) await db.createCollection(name);
    for (const { keys, unique } of indexes[name]) {
      await db.collection(name).createIndex(keys, unique ? { unique } : {});
    }
  }
  await collectionsOf(connection).meta.updateOne(
    { _id: 'store' },
    { $setOnInsert: firstMeta(await placeOf(connection)) },
    { upsert: true },
  );
}

/** What is missing, in words; empty where the store is prepared. */
export async function missingParts(connection: Connection): Promise<string[]> {
  const { db } = connection;
  if (!db) throw new Error('the connection is not open');
  const present = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
  );
  const missing: string[] = [];
  for (const name of names) {
    if (!present.has(name)) {
      missing.push(`collection ${name}`);
      continue;
    }
    const made = new Set((await db.collection(name).indexes()).map(({ key }) => JSON.stringify(key)));
    for (const { keys } of indexes[name]) {
      const text = JSON.stringify(keys);
      if (!made.has(text)) missing.push(`index ${text} of ${name}`);
    }
  }
  return missing;
}

/**
 * Where the data lie: replica set, database and the identity that the server gave the collection when it was made. A
 * dump that is put back lies elsewhere.
 */
export async function placeOf({ db }: Connection): Promise<string> {
  if (!db) throw new Error('the connection is not open');
  const { setName = '' } = (await db.admin().command({ hello: 1 })) as { setName?: string };
  const [meta] = await db.listCollections({ name: 'meta' }).toArray();
  const uuid = meta && 'info' in meta ? (meta.info?.uuid?.toString('hex') ?? '') : '';
  return `${setName}/${db.databaseName}/${uuid}`;
}

const firstMeta = (place: string): Omit<MetaDoc, '_id'> => ({
  schema: schemaNumber,
  incarnation: randomBytes(16).toString('hex'),
  lineage: [],
  state: 'normal',
  lastSequence: 0,
  lastHash: '',
  lastRid: 0,
  lastArrival: 0,
  lastException: 0,
  lastAudit: 0,
  place,
  commits: {},
  node: '',
});
