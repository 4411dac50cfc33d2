import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect, openMongoStore, prepareStore, restoreBackup } from '../../src/adapters/mongo/index.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Store } from '../../src/ports/store.js';
import { mongoServer, newDatabase } from '../support/mongo-server.js';

export interface OpenSettings {
  readonly clock: Clock;
  readonly nodeId: string;
}

/** One store's data, empty at first, which can be opened again and again. */
export interface StoreBed {
  open(settings: OpenSettings): Promise<Store>;
  /** A place for a backup that does not exist yet. */
  readonly backupTarget: string;
  /** A bed over what `backup` wrote to that place. */
  restored(): StoreBed;
  remove(): Promise<void>;
}

export interface StoreAdapter {
  readonly name: string;
  readonly makeBed: () => Promise<StoreBed>;
}

const logger = createLogger({ level: 'silent', node: 'node-a' });

function sqliteBed(folder: string, directory: string): StoreBed {
  const backupTarget = join(folder, 'backup');
  return {
    async open({ clock, nodeId }) {
      const store = openSqliteStore({ directory, readers: 1, clock, nodeId, logger });
      await store.open();
      return store;
    },
    backupTarget,
    restored: () => sqliteBed(folder, backupTarget),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A database of the server a bed; a restored one is filled from the backup when it is opened first. */
function mongoBed(
  server: string,
  { folder, from }: { readonly folder: string; readonly from?: string },
): StoreBed {
  const url = newDatabase(server);
  const backupTarget = join(folder, 'backup');
  let made = false;
  let copy: StoreBed | undefined;
  return {
    async open({ clock, nodeId }) {
      if (!made) {
        const connection = await connect(url);
        if (from === undefined) await prepareStore(connection);
        else await restoreBackup(connection, from);
        await connection.close();
      }
      made = true;
      const store = openMongoStore({ url, clock, nodeId, logger });
      await store.open();
      return store;
    },
    backupTarget,
    restored: () => (copy ??= mongoBed(server, { folder, from: backupTarget })),
    async remove() {
      const connection = await connect(url);
      await connection.dropDatabase();
      await connection.close();
      await copy?.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const mongoAdapter = (server: string): StoreAdapter => ({
  name: 'mongo',
  makeBed: async () => mongoBed(server, { folder: await mkdtemp(join(tmpdir(), 'rhie-mongo-')) }),
});

/** Every adapter passes every suite of this folder. */
export const storeAdapters: readonly StoreAdapter[] = [
  ...(mongoServer === undefined ? [] : [mongoAdapter(mongoServer)]),
  {
    name: 'sqlite',
    async makeBed() {
      const folder = await mkdtemp(join(tmpdir(), 'rhie-store-'));
      return sqliteBed(folder, join(folder, 'data'));
    },
  },
];
