import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import type { Store } from '../../src/ports/store.js';
import { put, unitOf } from '../contract/store-units.js';
import { fhirRequest } from '../support/fhir-request.js';
import { openDatabase, type OpenDatabase } from '../support/mongo-database.js';
import { mongoServer, sayNoMongo } from '../support/mongo-server.js';
import { eventually } from '../support/region.js';
import { startNode, type TestNode } from '../support/start-node.js';

if (mongoServer === undefined) sayNoMongo();
else severalStores(mongoServer);

/** Several open stores on one database, as several processes have them. */
function severalStores(server: string): void {
  describe('several stores on one database', function () {
    this.timeout(60_000);
    let database: OpenDatabase;
    const opened: Store[] = [];
    const nodes: TestNode[] = [];
    beforeEach(async () => {
      database = await openDatabase(server);
      opened.push(database.store);
    });
    afterEach(async () => {
      for (const node of nodes.splice(0)) await node.close();
      for (const store of opened.splice(0)) await store.close();
      await database.remove();
    });

    it('tell a watcher soon of what another one appended, and nothing after it was stopped', async () => {
      const other = await database.open();
      opened.push(other);
      let told = 0;
      const stop = database.store.watch(() => (told += 1));
      await eventually(() => told === 1);
      const before = performance.now();
      await other.commit(unitOf(put({ id: 'a' })));
      await eventually(() => told === 2);
      expect(performance.now() - before).to.be.below(2_000);
      stop();
      await other.commit(unitOf(put({ id: 'b' })));
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(told).to.equal(2);
    });

    it('hand every version to a follower once and in order while all of them write', async () => {
      const stores = [database.store, await database.open(), await database.open()];
      opened.push(...stores.slice(1));
      const each = 60;
      let writing = true;
      const seen: number[] = [];
      const follow = (async () => {
        for (let after = 0, last = false; !last;) {
          last = !writing;
          const page = await database.store.readLog({ lane: 'clinical', after, limit: 7, maxBytes: 1e6 });
          seen.push(...page.entries.map(({ position }) => position.sequence));
          if (page.upTo.sequence > after) last = false;
          after = page.upTo.sequence;
        }
      })();
      await Promise.all(
        stores.flatMap((store, place) =>
          Array.from({ length: 4 }, async (_, writer) => {
            for (let n = 0; n < each / 4; n += 1) {
              const id = `s${String(place)}w${String(writer)}n${String(n)}`;
              expect((await store.commit(unitOf(put({ id })))).ok).to.equal(true);
            }
          }),
        ),
      );
      writing = false;
      await follow;
      expect(seen).to.deep.equal(Array.from({ length: each * stores.length }, (_, place) => place + 1));
    });

    it('keep arrival and last update in order where the clocks of the processes differ', async () => {
      const skewed = [0, 600_000, -600_000].map((skewMs) => () => Date.now() + skewMs);
      for (const now of skewed) {
        const store = await database.open({ now });
        opened.push(store);
        nodes.push(await startNode({ store, now }));
      }
      const id = randomUUID();
      for (let version = 1; version <= 9; version += 1) {
        const node = nodes[version % nodes.length];
        const body = { resourceType: 'Patient', id, language: `x-${String(version)}` };
        const answer = await fhirRequest(`${node?.base ?? ''}/Patient/${id}`, { method: 'PUT', body });
        expect(answer.status).to.equal(version === 1 ? 201 : 200);
      }
      const key = { type: 'Patient', id };
      const { versions } = await database.store.history({ kind: 'instance', key }, { limit: 20 });
      const ascending = [...versions].reverse();
      expect(ascending.map(({ versionId }) => versionId)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const updates = ascending.map(({ lastUpdated }) => lastUpdated);
      expect(updates).to.deep.equal([...new Set(updates)].sort());
      const arrivals = ascending.map(({ arrivedAt }) => arrivedAt);
      expect(arrivals).to.deep.equal([...arrivals].sort());
    });
  });
}
