import { fileURLToPath } from 'node:url';

import { createDatabase, mongoStores, type MongoDatabase } from '../../network/mongo-stores.js';
import { fire } from '../fire.js';
import type { BenchNode } from '../bench-node.js';
import type { FireResult } from '../tally.js';
import { startWorker, type Yardstick } from '../yardstick.js';
import type { BenchStore, RawInsert } from './bench-store.js';
import { runProgram } from './run-program.js';

const insertProgram = fileURLToPath(new URL('./mongo-insert.js', import.meta.url));
const bareProgram = fileURLToPath(new URL('./bare-mongoose.js', import.meta.url));

/** Of creates before their documents are looked at. */
const sampling = { connections: 4, seconds: 1 };

/** Databases on a server. */
export function mongoStore(server: string): BenchStore {
  const held = new Set<Pick<MongoDatabase, 'remove'>>();
  const hold = <T extends Pick<MongoDatabase, 'remove'>>(made: T): T => {
    held.add(made);
    const remove = async (): Promise<void> => {
      await made.remove();
      held.delete(made);
    };
    return { ...made, remove };
  };
  return {
    wanted: { read: 0.6, create: 0.4 },
    place: async (plans) => hold(await mongoStores(plans, server)),
    async insertRaw(node) {
      const target = hold(await createDatabase('raw', server));
      const result = await runProgram<RawInsert>(insertProgram, [urlOf(node), target.url]);
      await target.remove();
      return result;
    },
    bareReads: ({ node, shots }) =>
      startMongoose(['find', urlOf(node), JSON.stringify(shots.map(({ path }) => keyOf(path)))]),
    async bareCreates({ node, shots }) {
      await fire(node.origin, shots, sampling);
      const target = hold(await createDatabase('bare', server));
      const { stop, ...yardstick } = await startMongoose(['create', urlOf(node), target.url]);
      return { ...yardstick, stop: () => stop().then(target.remove) };
    },
    async close() {
      for (const made of held) await made.remove();
    },
  };
}

async function startMongoose(args: readonly string[]): Promise<Yardstick> {
  const worker = startWorker(bareProgram, args);
  const name = await worker.message<string>();
  return {
    name,
    turn(turn) {
      worker.send(turn);
      return worker.message<FireResult>();
    },
    stop: () => worker.stop(),
  };
}

function urlOf({ storeUrl }: BenchNode): string {
  if (storeUrl === undefined) throw new Error('the node is not on MongoDB');
  return storeUrl;
}

/** `Type/id` at the end of a path. */
const keyOf = (path: string): string => path.split('/').slice(-2).join('/');
