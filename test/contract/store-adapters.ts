import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Clock } from '../../src/ports/clock.js';
import type { Store } from '../../src/ports/store.js';

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

/** Every adapter passes every suite of this folder. */
export const storeAdapters: readonly StoreAdapter[] = [
  {
    name: 'sqlite',
    async makeBed() {
      const folder = await mkdtemp(join(tmpdir(), 'rhie-store-'));
      return sqliteBed(folder, join(folder, 'data'));
    },
  },
];
