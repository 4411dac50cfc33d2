import type { Connection, mongo } from 'mongoose';

import type { Logger } from '../../ports/logger.js';
import type { WriterDoc } from './documents.js';
import { every } from './every.js';
import type { Collections } from './schema.js';

/*
 * The server keeps the transaction of a process that was killed for a minute, and with it the meta document that every
 * commit writes. So each process writes down the session that its transactions run in and that it is alive; whoever
 * shows no life for a while has its session ended by the others. A process that was only slow loses the transaction
 * under way, which it then repeats.
 */

export interface Writer {
  /** Names this process among those on the store. */
  readonly id: string;
  /** Of all transactions of this process, one after the other. */
  readonly session: mongo.ClientSession;
  /** No other process has shown life lately. */
  alone(): boolean;
  stop(): Promise<void>;
}

const beatMs = 1_000;
const silentMs = 5_000;
/** Of the time between two looks no more counts: while the server was away or this process asleep, nobody was seen. */
const longestCountedMs = 2_000;

export async function registerWriter(
  connection: Connection,
  { writers }: Collections,
  logger: Logger,
): Promise<Writer> {
  const session = await connection.startSession();
  const own = session.id?.id as mongo.BSON.Binary;
  const _id = own.toString('hex');
  const others = watchOthers();

  async function beat(): Promise<void> {
    await writers.updateOne({ _id }, { $inc: { beats: 1 }, $set: { session: own } }, { upsert: true });
    const docs = await writers.find({ _id: { $ne: _id } }).toArray();
    for (const doc of others.silentAmong(docs)) {
      await connection.db?.admin().command({ killSessions: [{ id: doc.session }] });
      await writers.deleteOne({ _id: doc._id, beats: doc.beats });
      logger.warn({}, 'a process on the store shows no life: its transaction was ended');
    }
  }

  await beat();
  const end = every(beatMs, () =>
    beat().catch((error: unknown) => {
      logger.warn(
        { error: error instanceof Error ? error.name : '' },
        'the other processes could not be looked at',
      );
    }),
  );
  return {
    id: _id,
    session,
    alone: () => others.count() === 0,
    async stop() {
      await end();
      await writers.deleteOne({ _id }).catch(() => undefined);
      await session.endSession();
    },
  };
}

interface Others {
  /** Takes what was just seen; gives those that have stood still for `silentMs`. */
  silentAmong(docs: readonly WriterDoc[]): WriterDoc[];
  count(): number;
}

/** By this process's steady clock. */
function watchOthers(): Others {
  let seen = new Map<string, { readonly beats: number; readonly stillMs: number }>();
  let lookedMs = performance.now();
  return {
    silentAmong(docs) {
      const nowMs = performance.now();
      const passedMs = Math.min(nowMs - lookedMs, longestCountedMs);
      lookedMs = nowMs;
      const before = seen;
      seen = new Map(
        docs.map(({ _id, beats }) => {
          const last = before.get(_id);
          return [_id, { beats, stillMs: last?.beats === beats ? last.stillMs + passedMs : 0 }] as const;
        }),
      );
      return docs.filter(({ _id }) => (seen.get(_id)?.stillMs ?? 0) > silentMs);
    },
    count: () => seen.size,
  };
}
