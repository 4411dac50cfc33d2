import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import mongoose, { type mongo } from 'mongoose';

import {
  countEnrolled,
  listUnmatchable,
  readBlocks,
  readEnrolled,
} from '../../src/adapters/mongo/enrolments.js';
import { connect, openMongoStore, prepareStore, restoreBackup } from '../../src/adapters/mongo/index.js';
import { collectionsOf, type Collections } from '../../src/adapters/mongo/schema.js';
import { search } from '../../src/adapters/mongo/search.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Store } from '../../src/ports/store.js';
import { failureOf } from '../support/failure-of.js';
import { mongoServer, newDatabase, sayNoMongo } from '../support/mongo-server.js';
import { randomCase } from '../support/random-expressions.js';
import { startServerProxy } from '../support/server-proxy.js';
import { enrol } from './enrolment-suite.js';
import { toPut } from './search-suite.js';
import { commit, keyOf, put, unitOf } from './store-units.js';

const logger = createLogger({ level: 'silent', node: 'node-a' });

if (mongoServer === undefined) sayNoMongo();
else mongoTests(mongoServer);

/** What only this adapter has: preparation, its plans, broken connections. */
function mongoTests(server: string): void {
  describe('store on MongoDB', () => {
    let url = '';
    const opened: Store[] = [];
    const open = async (): Promise<Store> => {
      const store = openMongoStore({ url, clock: systemClock, nodeId: 'node-a', logger });
      await store.open();
      opened.push(store);
      return store;
    };
    const onDatabase = async <T>(work: (connection: mongoose.Connection) => Promise<T>): Promise<T> => {
      const connection = await connect(url);
      try {
        return await work(connection);
      } finally {
        await connection.close();
      }
    };
    beforeEach(() => {
      url = newDatabase(server);
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await onDatabase((connection) => connection.dropDatabase());
    });

    it('refuses to open on a database that was not prepared, and says what is missing', async () => {
      const error = await failureOf(open());
      expect(error?.issues[0]?.diagnostics).to.match(/not prepared: collection meta/);
      await onDatabase(prepareStore);
      await onDatabase((connection) => collectionsOf(connection).resources.dropIndex('k_1__id_1'));
      expect((await failureOf(open()))?.issues[0]?.diagnostics).to.match(/index .* of resources/);
    });

    it('is not opened by another node', async () => {
      await onDatabase(prepareStore);
      await open();
      const another = openMongoStore({ url, clock: systemClock, nodeId: 'node-b', logger });
      expect((await failureOf(another.open()))?.issues[0]?.diagnostics).to.match(/another node/);
    });

    it('restores a backup that was made before a collection existed, and nothing that is no backup', async () => {
      await onDatabase(prepareStore);
      const store = await open();
      await commit(store, put({ id: 'a' }));
      const folder = await mkdtemp(join(tmpdir(), 'rhie-mongo-'));
      const target = join(folder, 'backup');
      await store.backup(target);
      for (const name of ['enrolments', 'enrolmentCounts']) await rm(join(target, `${name}.ndjson.gz`));
      await store.close();
      await onDatabase((connection) => connection.dropDatabase());
      expect((await failureOf(onDatabase((made) => restoreBackup(made, folder))))?.category).to.equal(
        'business-rule',
      );
      await onDatabase((connection) => restoreBackup(connection, target));
      const restored = await open();
      expect((await restored.read([keyOf('a')]))[0]?.versionId).to.equal(1);
      expect(await restored.countEnrolled()).to.deep.equal([]);
      await rm(folder, { recursive: true });
    });

    it('refuses a resource that no document can hold, and stores others with it', async () => {
      await onDatabase(prepareStore);
      const store = await open();
      const [large, small] = await Promise.all([
        failureOf(store.commit(unitOf(put({ id: 'large', text: 'x'.repeat(16_500_000) })))),
        store.commit(unitOf(put({ id: 'small' }))),
      ]);
      expect(large?.category).to.equal('too-large');
      expect(small.ok).to.equal(true);
    });

    // The driver sends a commit that was not answered once more, so that the second cut is the store's to clear up.
    for (const [cut, moment, times] of [
      ['cutAfter', 'insert', 1],
      ['cutAfter', 'commitTransaction', 1],
      ['cutAfter', 'commitTransaction', 2],
      ['cutBefore', 'commitTransaction', 2],
    ] as const) {
      it(`carries out each commit once with ${cut} of ${moment}, ${String(times)} times`, async () => {
        await onDatabase(prepareStore);
        const direct = new URL(url);
        const proxy = await startServerProxy({ host: direct.hostname, port: Number(direct.port) });
        direct.port = String(proxy.port);
        direct.search = 'directConnection=true';
        const store = openMongoStore({ url: direct.href, clock: systemClock, nodeId: 'node-a', logger });
        await store.open();
        for (let place = 0; place < 10; place += 1) {
          if (place % 2 === 0) proxy[cut](moment, times);
          const result = await store.commit(unitOf(put({ id: `r${String(place)}` })));
          expect(result.ok).to.equal(true);
        }
        expect(proxy.cuts()).to.equal(5 * times);
        await store.close();
        await proxy.close();
        const after = await open();
        expect((await after.status()).lastSequence).to.equal(10);
        expect((await after.counts({})).map(({ n }) => n)).to.deep.equal([10]);
      });
    }

    it('answers every search along an index, never scanning a collection or sorting', async () => {
      await onDatabase(prepareStore);
      const store = await open();
      const { resources, queries } = randomCase(3, { resources: 60, queries: 60 });
      await commit(store, ...resources.map((resource) => toPut(resource)));
      const asked = await expectIndexed(url, async (collections) => {
        for (const query of queries) await search(collections, query);
      });
      expect(asked).to.be.above(50);
    });

    it('answers along an index who is enrolled', async () => {
      await onDatabase(prepareStore);
      const store = await open();
      const ids = Array.from({ length: 60 }, (_, place) => `p${String(place)}`);
      await commit(store, ...ids.map((id) => put({ type: 'Patient', id })));
      await commit(store, ...ids.map((id, place) => enrol(id, { matchable: place % 20 > 0 })));
      const asked = await expectIndexed(url, async (collections) => {
        await readBlocks(collections, { keys: ['name 张', 'none'], limit: 10 });
        expect(await readEnrolled(collections, ['p1', 'p2'])).to.have.length(2);
        expect(await countEnrolled(collections)).to.have.length(2);
        expect(await listUnmatchable(collections, { after: 'p0', limit: 10 })).to.have.length(2);
      });
      expect(asked).to.equal(6);
    });
  });
}

/** Explains each query that the work sends; answers how many there were. */
async function expectIndexed(
  url: string,
  work: (collections: Collections) => Promise<void>,
): Promise<number> {
  const connection = await mongoose.createConnection(url, { monitorCommands: true }).asPromise();
  const asked = new Map<string, mongo.Document>();
  connection.getClient().on('commandStarted', ({ commandName, command }) => {
    if (commandName === 'find') asked.set(JSON.stringify(command), command);
  });
  await work(collectionsOf(connection));
  for (const command of asked.values()) {
    const { lsid: _lsid, $clusterTime: _time, $db: _db, txnNumber: _txn, ...find } = command;
    const plan = JSON.stringify(await connection.db?.command({ explain: find, verbosity: 'queryPlanner' }));
    expect(plan).to.match(/"(IXSCAN|IDHACK|EOF|CLUSTERED_IXSCAN|EXPRESS_IXSCAN)"/);
    expect(plan).not.to.match(/"(COLLSCAN|SORT)"/);
  }
  await connection.close();
  return asked.size;
}
