import { connect, openMongoStore, prepareStore } from '../../src/adapters/mongo/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Store } from '../../src/ports/store.js';
import { newDatabase } from './mongo-server.js';

/** A prepared database of its own, and a store of node-a open on it. */
export interface OpenDatabase {
  readonly url: string;
  readonly store: Store;
  /** One store more, as another process has it. */
  open(clock?: Clock): Promise<Store>;
  /** Drops the database; its stores must be closed. */
  remove(): Promise<void>;
}

export async function openDatabase(server: string): Promise<OpenDatabase> {
  const url = newDatabase(server);
  const connection = await connect(url);
  await prepareStore(connection);
  const logger = createLogger({ level: 'silent', node: 'node-a' });
  const open = async (clock: Clock = systemClock): Promise<Store> => {
    const store = openMongoStore({ url, clock, nodeId: 'node-a', logger });
    await store.open();
    return store;
  };
  return {
    url,
    store: await open(),
    open,
    async remove() {
      await connection.dropDatabase();
      await connection.close();
    },
  };
}
