import type { Connection, mongo } from 'mongoose';

import type { Logger } from '../../ports/logger.js';
import type { Collections } from './schema.js';

/*
 * The server keeps the transaction of a process that was killed for a minute, and with it the meta document that every
 * commit writes. So each process writes down the session that its transactions run in and that it is alive; whoever
 * shows no life for a while has its session ended by the others. A process that was only slow loses the transaction
 * under way, which it then repeats.
 */

export interface Writer {
  /** Of all transactions of this process, one after the other. */
  readonly session: mongo.ClientSession;
  /** No other process is alive on this store. */
  alone(): boolean;
  stop(): Promise<void>;
}

const beatMs = 1_000;
const silentMs = 5_000;

interface Seen {
  readonly beats: number;
  /** On this process's steady clock. */
  readonly sinceMs: number;
}

export async function registerWriter(
  connection: Connection,
  { writers }: Collections,
  logger: Logger,
): Promise<Writer> {
  const session = await connection.startSession();
  const own = session.id?.id as mongo.BSON.Binary;
  const _id = own.toString('hex');
  const seen = new Map<string, Seen>();
  let timer: NodeJS.Timeout | undefined;
  let beating = Promise.resolve();

  async function beat(): Promise<void> {
    await writers.updateOne({ _id }, { $inc: { beats: 1 }, $set: { session: own } }, { upsert: true });
    const docs = await writers.find({ _id: { $ne: _id } }).toArray();
    for (const known of seen.keys()) if (docs.every((doc) => doc._id !== known)) seen.delete(known);
    for (const doc of docs) {
      const before = seen.get(doc._id);
      if (before?.beats !== doc.beats) {
        seen.set(doc._id, { beats: doc.beats, sinceMs: performance.now() });
      } else if (performance.now() - before.sinceMs > silentMs) {
        await connection.db?.admin().command({ killSessions: [{ id: doc.session }] });
        await writers.deleteOne({ _id: doc._id, beats: doc.beats });
        seen.delete(doc._id);
        logger.warn({}, 'a process on the store shows no life: its transaction was ended');
      }
    }
  }

  function next(): void {
    timer = setTimeout(() => {
      beating = beat()
        // Not reached now: the next time.
        .catch(() => undefined)
        .finally(() => {
          if (timer) next();
        });
    }, beatMs).unref();
  }

  await beat();
  next();
  return {
    session,
    alone: () => seen.size === 0,
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await beating;
      await writers.deleteOne({ _id }).catch(() => undefined);
      await session.endSession();
    },
  };
}
