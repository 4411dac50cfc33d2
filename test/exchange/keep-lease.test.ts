import { rm } from 'node:fs/promises';

import { expect } from 'chai';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { keepLease, type KeptLease } from '../../src/jobs/keep-lease.js';
import { fhirError } from '../../src/fhir/fhir-error.js';
import type { Store } from '../../src/ports/store.js';
import { newDirectory } from '../support/exchange-node.js';
import { eventually } from '../support/region.js';

const logger = createLogger({ level: 'silent', node: 'node-a' });
const times = { renewMs: 20, lapseMs: 200, lookMs: 10 };

describe('a lease', () => {
  let directory: string;
  let store: Store;
  const kept: KeptLease[] = [];
  beforeEach(async () => {
    directory = await newDirectory();
    store = openSqliteStore({ directory, readers: 1, clock: { now: Date.now }, nodeId: 'node-a', logger });
    await store.open();
  });
  afterEach(async () => {
    await Promise.all(kept.splice(0).map((lease) => lease.stop()));
    await store.close();
    await rm(directory, { recursive: true });
  });

  /** As a process of its own, over a store that may be out of its reach. */
  async function startProcess(holder: string, cutOff = false): Promise<Working> {
    const process = { runs: 0, working: false, cutOff };
    const reach = <T>(work: () => Promise<T>): Promise<T> =>
      process.cutOff ? Promise.reject(fhirError('busy', 'transient', 'cut off')) : work();
    const lease = keepLease(
      {
        store: {
          lease: (name) => reach(() => store.lease(name)),
          commit: (unit) => reach(() => store.commit(unit)),
        },
        logger,
        name: 'jobs',
        holder,
        times,
      },
      async (signal) => {
        process.runs += 1;
        process.working = true;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        process.working = false;
      },
    );
    kept.push(lease);
    await lease.start();
    return Object.assign(process, { lease });
  }

  it('lets one of several work, and the next one at once when that one stops', async () => {
    const [first, second, third] = [
      await startProcess('a'),
      await startProcess('b'),
      await startProcess('c'),
    ];
    await new Promise((resolve) => setTimeout(resolve, 2 * times.lapseMs));
    expect([first, second, third].map(({ working }) => working)).to.deep.equal([true, false, false]);
    await first.lease.stop();
    expect(first.working).to.equal(false);
    await eventually(() => second.working || third.working);
    expect(second.working).to.not.equal(third.working);
    expect([first, second, third].map(({ runs }) => runs).sort()).to.deep.equal([0, 1, 1]);
  });

  it('passes on when its holder is cut off, who ends its work when it learns of that', async () => {
    const first = await startProcess('a');
    const second = await startProcess('b');
    first.cutOff = true;
    await eventually(() => second.working);
    expect(second.runs).to.equal(1);
    first.cutOff = false;
    await eventually(() => !first.working);
    expect(second.working).to.equal(true);
    await second.lease.stop();
    await eventually(() => first.working);
    expect(first.runs).to.equal(2);
  });

  it('stays with a holder that was cut off when nobody else came', async () => {
    const first = await startProcess('a');
    first.cutOff = true;
    await new Promise((resolve) => setTimeout(resolve, 2 * times.lapseMs));
    first.cutOff = false;
    await new Promise((resolve) => setTimeout(resolve, 3 * times.renewMs));
    expect(first).to.include({ runs: 1, working: true });
  });

  it('is taken as soon as the store can be reached', async () => {
    const process = await startProcess('a', true);
    expect(process.working).to.equal(false);
    process.cutOff = false;
    await eventually(() => process.working);
  });
});

interface Working {
  readonly lease: KeptLease;
  runs: number;
  working: boolean;
  cutOff: boolean;
}
