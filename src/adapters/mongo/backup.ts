import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import { mongo, type Connection } from 'mongoose';

import { fhirError } from '../../fhir/fhir-error.js';
import { collectionsOf, prepareStore, type Collections } from './schema.js';

const { EJSON } = mongo.BSON;
const batch = 1_000;

type KeptCollections = Omit<Collections, 'writers' | 'leases'>;

/** All but what only processes that run have to do with. */
function keptCollections(connection: Connection): KeptCollections {
  const { writers: _writers, leases: _leases, ...kept } = collectionsOf(connection);
  return kept;
}

/** A folder with a file of Extended JSON lines a collection, all of one moment. Throws `business-rule` where it exists. */
export async function writeBackup(connection: Connection, target: string): Promise<void> {
  if (existsSync(target)) {
    throw fhirError('business-rule', 'business-rule', 'There is something at the target of the backup');
  }
  const unfinished = `${target}.unfinished`;
  mkdirSync(unfinished, { recursive: true });
  const session = await connection.startSession();
  session.startTransaction({ readConcern: { level: 'snapshot' }, readPreference: 'primary' });
  try {
    for (const [name, collection] of Object.entries(keptCollections(connection))) {
      const lines = (async function* () {
        for await (const doc of (collection as unknown as mongo.Collection).find({}, { session })) {
          yield `${EJSON.stringify(doc, { relaxed: false })}\n`;
        }
      })();
      await pipeline(
        Readable.from(lines),
        createGzip(),
        createWriteStream(join(unfinished, `${name}.ndjson.gz`)),
      );
    }
    await session.commitTransaction();
  } finally {
    await session.endSession();
  }
  renameSync(unfinished, target);
}

/** Without these a folder is no backup. */
const alwaysKept: readonly (keyof KeptCollections)[] = ['meta', 'versions'];

/** Puts a backup into a database that has no store. A collection that was not there yet when it was made stays empty. */
export async function restoreBackup(connection: Connection, from: string): Promise<void> {
  const fileOf = (name: string): string => join(from, `${name}.ndjson.gz`);
  if (!alwaysKept.every((name) => existsSync(fileOf(name)))) {
    throw fhirError('business-rule', 'business-rule', 'The folder holds no backup of a store');
  }
  await prepareStore(connection);
  const collections = keptCollections(connection);
  if ((await collections.versions.estimatedDocumentCount()) > 0) {
    throw fhirError('business-rule', 'business-rule', 'The database holds a store');
  }
  await collections.meta.deleteMany({});
  for (const name of Object.keys(collections) as (keyof KeptCollections)[]) {
    if (!existsSync(fileOf(name))) continue;
    const file = createReadStream(fileOf(name)).pipe(createGunzip());
    let docs: mongo.Document[] = [];
    const flush = async (): Promise<void> => {
      if (docs.length > 0) await (collections[name] as unknown as mongo.Collection).insertMany(docs);
      docs = [];
    };
    for await (const line of createInterface({ input: file })) {
      docs.push(EJSON.parse(line, { relaxed: true }) as mongo.Document);
      if (docs.length >= batch) await flush();
    }
    await flush();
  }
}
