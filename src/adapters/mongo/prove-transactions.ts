import { randomUUID } from 'node:crypto';

import type { Connection } from 'mongoose';

import { fhirError } from '../../fhir/fhir-error.js';

/**
 * Proves on the server itself that a transaction over two collections commits whole and aborts whole; throws `busy`
 * with the reason otherwise, since without it a write could be half done.
 */
export async function proveTransactions(connection: Connection): Promise<void> {
  const { db } = connection;
  if (!db) throw new Error('the connection is not open');
  const hello = (await db.admin().command({ hello: 1 })) as {
    setName?: string;
    msg?: string;
    logicalSessionTimeoutMinutes?: number | null;
  };
  const clustered = hello.setName !== undefined || hello.msg === 'isdbgrid';
  if (!clustered || typeof hello.logicalSessionTimeoutMinutes !== 'number') {
    throw refusal('the server is no replica set or sharded cluster');
  }
  const [first, second] = [
    db.collection<{ _id: string }>('proof_a'),
    db.collection<{ _id: string }>('proof_b'),
  ];
  const present = new Set(
    (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name),
  );
  for (const { collectionName } of [first, second]) {
    if (!present.has(collectionName)) await db.createCollection(collectionName);
  }
  const _id = randomUUID();
  for (const commits of [false, true]) {
    const session = await connection.startSession();
    try {
      session.startTransaction({
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority', journal: true },
      });
      await first.insertOne({ _id }, { session });
      await second.insertOne({ _id }, { session });
      if (commits) await session.commitTransaction();
      else await session.abortTransaction();
    } finally {
      await session.endSession();
    }
    const found = [await first.findOne({ _id }), await second.findOne({ _id })].filter((doc) => doc !== null);
    if (found.length !== (commits ? 2 : 0)) throw refusal('a transaction was not kept whole');
  }
  await Promise.all([first.deleteOne({ _id }), second.deleteOne({ _id })]);
}

const refusal = (reason: string): Error =>
  fhirError('busy', 'not-supported', `MongoDB can’t be used: ${reason}`);
