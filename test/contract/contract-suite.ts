import type { Store } from '../../src/ports/store.js';
import { commitSuite } from './commit-suite.js';
import { enrolmentSuite } from './enrolment-suite.js';
import { jobsSuite } from './jobs-suite.js';
import { ledgerSuite } from './ledger-suite.js';
import { lifetimeSuite } from './lifetime-suite.js';
import { logSuite } from './log-suite.js';
import { replicaSuite } from './replica-suite.js';
import { searchSuite } from './search-suite.js';
import type { OpenSettings, StoreAdapter, StoreBed } from './store-adapters.js';
import { dayStart } from './store-units.js';

/** The store of one test: empty, opened by the test, closed and removed after it. */
export interface OpenedStore {
  /** Opens it, or closes and opens it again. */
  open(settings?: Partial<OpenSettings>): Promise<Store>;
  /** Closed after the test like the other. */
  openRestored(settings?: Partial<OpenSettings>): Promise<Store>;
  /** The clock that it was opened with; starts at `dayStart`. */
  readonly clock: { nowMs: number };
  readonly backupTarget: () => string;
}

/** What the store port promises, for one adapter. */
export function contractSuite({ name, makeBed }: StoreAdapter): void {
  describe(`store contract: ${name}`, () => {
    let bed: StoreBed;
    const open: Store[] = [];
    const clock = { nowMs: dayStart };
    beforeEach(async () => {
      clock.nowMs = dayStart;
      bed = await makeBed();
    });
    afterEach(async () => {
      await closeAll(open);
      await bed.remove();
    });
    const openBed = async (of: StoreBed, settings: Partial<OpenSettings> = {}): Promise<Store> => {
      await closeAll(open);
      const store = await of.open({ clock: { now: () => clock.nowMs }, nodeId: 'node-a', ...settings });
      open.push(store);
      return store;
    };
    const opened: OpenedStore = {
      open: (settings) => openBed(bed, settings),
      openRestored: (settings) => openBed(bed.restored(), settings),
      clock,
      backupTarget: () => bed.backupTarget,
    };
    commitSuite(opened);
    replicaSuite(opened);
    logSuite(opened);
    ledgerSuite(opened);
    jobsSuite(opened);
    enrolmentSuite(opened);
    searchSuite(opened);
    lifetimeSuite(opened);
  });
}

async function closeAll(stores: Store[]): Promise<void> {
  for (const store of stores.splice(0)) await store.close();
}
