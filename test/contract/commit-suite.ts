import { expect } from 'chai';

import type { CommitUnit, Guard, OnceRecord } from '../../src/ports/store.js';
import type { OpenedStore } from './contract-suite.js';
import {
  at,
  bodyOf,
  commit,
  commitUnit,
  everything,
  hasToken,
  idsOf,
  keyOf,
  put,
  query,
  refused,
  remove,
  sha256,
  token,
  unitOf,
} from './store-units.js';

export function commitSuite(opened: OpenedStore): void {
  describe('put and delete', () => {
    it('keep what was put, byte for byte', async () => {
      const store = await opened.open();
      opened.clock.nowMs += 5_000;
      const spec = { id: 'a', text: '李明 1.10 \u2028"\\', labels: ['s|R', 's|V'] };
      await commit(store, put(spec));
      const [version] = await store.read([keyOf('a')]);
      expect(version).to.deep.equal({
        key: keyOf('a'),
        versionId: 1,
        lastUpdated: at(0),
        arrivedAt: at(5),
        deleted: false,
        body: bodyOf(spec),
        hash: sha256(bodyOf(spec)),
        origin: { owner: 'node-a', source: 'hospital-1', receivedFrom: 'client-1', lane: 'clinical' },
        routing: { profiles: [], labels: ['s|R', 's|V'] },
      });
    });

    it('read in the order of the keys, undefined where nothing was held', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }), put({ id: 'b' }));
      const read = await store.read([keyOf('b'), keyOf('x'), keyOf('a'), keyOf('a', 'Patient')]);
      expect(read.map((version) => version?.key.id)).to.deep.equal(['b', undefined, 'a', undefined]);
    });

    it('keep every version, a delete without a body, and let a deleted record come again', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      await commit(store, remove({ id: 'a', versionId: 2, seconds: 1 }));
      const [tombstone] = await store.read([keyOf('a')]);
      expect(tombstone).to.include({ deleted: true, body: '', versionId: 2 });
      await commit(store, put({ id: 'a', versionId: 3, seconds: 2 }));
      const versions = await Promise.all([1, 2, 3, 4].map((number) => store.readVersion(keyOf('a'), number)));
      expect(versions.map((version) => version?.deleted)).to.deep.equal([false, true, false, undefined]);
    });

    it('refuse a first version where one was ever held, naming it and its owner', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      await commit(store, remove({ id: 'a', versionId: 2 }));
      const failed = await refused(store, unitOf(put({ id: 'b' }), put({ id: 'a' }, 'never')));
      expect(failed).to.deep.equal({
        reason: 'version',
        change: 1,
        key: keyOf('a'),
        current: 2,
        owner: 'node-a',
      });
    });

    it('refuse a version that expects another than the current one', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }), put({ id: 'a', versionId: 2 }));
      for (const change of [
        put({ id: 'a', versionId: 3 }, 1),
        { ...remove({ id: 'a', versionId: 3 }), expect: 1 },
      ]) {
        expect(await refused(store, unitOf(change))).to.include({ reason: 'version', current: 2 });
      }
      const failed = await refused(store, unitOf(put({ id: 'x', versionId: 2 })));
      expect(failed).to.deep.equal({ reason: 'version', change: 0, key: keyOf('x'), current: undefined });
    });

    it('refuse a write to the record of another owner', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a', owner: 'node-b' }));
      const failed = await refused(store, unitOf(put({ id: 'a', versionId: 2 })));
      expect(failed).to.deep.equal({
        reason: 'version',
        change: 0,
        key: keyOf('a'),
        current: 1,
        owner: 'node-b',
      });
    });

    it('take two versions of one record in one unit, and take both back when a later change is refused', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'b', entries: [token('code', 'old')] }));
      const changes = [
        put({ id: 'a', entries: [token('code', 'x')] }),
        put({ id: 'a', versionId: 2, entries: [token('code', 'y')] }),
        put({ id: 'new', type: 'Slot', source: 'hospital-9' }),
        put({ id: 'b', versionId: 2 }),
      ];
      await refused(store, unitOf(...changes, put({ id: 'b', versionId: 4 })));
      expect(await idsOf(store, query(hasToken('code', 'old')))).to.deep.equal(['b']);
      expect(await idsOf(store, query(hasToken('code', 'y')))).to.deep.equal([]);
      await commit(store, ...changes);
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal([]);
      expect(await idsOf(store, query(hasToken('code', 'y')))).to.deep.equal(['a']);
      expect(await idsOf(store, query(everything, { type: 'Slot' }))).to.deep.equal(['new']);
    });

    it('find a record by its current version only', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a', entries: [token('code', 'x')] }));
      await commit(store, put({ id: 'a', versionId: 2, entries: [token('code', 'y')] }));
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal([]);
      expect(await idsOf(store, query(hasToken('code', 'y')))).to.deep.equal(['a']);
      await commit(store, remove({ id: 'a', versionId: 3 }));
      expect(await idsOf(store, query(hasToken('code', 'y')))).to.deep.equal([]);
      expect(await store.countByType()).to.deep.equal(new Map());
    });

    it('take a unit of thousands of records', async () => {
      const store = await opened.open();
      const ids = Array.from({ length: 3_500 }, (_, place) => `r${String(place)}`);
      await commit(store, ...ids.map((id) => put({ id, entries: [token('code', id)] })));
      expect(await store.countByType()).to.deep.equal(new Map([['Observation', 3_500]]));
      expect((await store.status()).lastSequence).to.equal(3_500);
    });

    it('show a committed version to a read that follows at once', async () => {
      const store = await opened.open();
      for (let place = 0; place < 50; place += 1) {
        const id = `r${String(place)}`;
        await commit(store, put({ id }));
        expect((await store.read([keyOf(id)]))[0]?.key.id).to.equal(id);
      }
    });
  });
  guardTests(opened);
  onceTests(opened);
}

function guardTests(opened: OpenedStore): void {
  describe('guards', () => {
    const criteria = query(hasToken('identifier', 'i1'));
    const guarded = (guard: Guard, id: string): CommitUnit => ({
      changes: [put({ id, entries: [token('identifier', 'i1')] })],
      guards: [guard],
    });

    it('let a unit pass whose guarded record is unchanged, and refuse it else', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      const unchanged: Guard = { kind: 'unchanged', key: keyOf('a'), versionId: 1 };
      await commitUnit(store, guarded(unchanged, 'b'));
      await commit(store, put({ id: 'a', versionId: 2 }));
      expect(await refused(store, guarded(unchanged, 'c'))).to.deep.equal({ reason: 'guard', guard: 0 });
      const unheld: Guard = { kind: 'unchanged', key: keyOf('x'), versionId: 1 };
      expect(await refused(store, guarded(unheld, 'c'))).to.deep.equal({ reason: 'guard', guard: 0 });
    });

    it('let a unit pass whose query matches exactly the keys, in any order', async () => {
      const store = await opened.open();
      const entries = [token('identifier', 'i1')];
      await commit(store, put({ id: 'a', entries }), put({ id: 'b', entries }));
      const exact = (...ids: string[]): Guard => ({
        kind: 'matches-exactly',
        query: criteria,
        keys: ids.map((id) => keyOf(id)),
      });
      for (const wrong of [exact(), exact('a'), exact('a', 'c'), exact('a', 'b', 'c')]) {
        expect(await refused(store, guarded(wrong, 'n'))).to.deep.equal({ reason: 'guard', guard: 0 });
      }
      await commitUnit(store, guarded(exact('b', 'a'), 'n'));
    });

    it('see what a unit that came at the same time has written', async () => {
      const store = await opened.open();
      const nothing: Guard = { kind: 'matches-exactly', query: criteria, keys: [] };
      const units = Array.from({ length: 1_000 }, (_, place) => guarded(nothing, `r${String(place)}`));
      const results = await Promise.all(units.map((unit) => store.commit(unit)));
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
      for (const result of results) {
        if (!result.ok) expect(result.failed).to.deep.equal({ reason: 'guard', guard: 0 });
      }
      expect(await idsOf(store, criteria)).to.have.length(1);
      expect((await store.status()).lastSequence).to.equal(1);
    });

    it('let exactly one of many updates of a version win', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      const updates = Array.from({ length: 200 }, (_, place) =>
        put({ id: 'a', versionId: 2, text: String(place) }),
      );
      const results = await Promise.all(updates.map((change) => store.commit(unitOf(change))));
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
      const [current] = await store.read([keyOf('a')]);
      expect(current?.body).to.equal(updates[results.findIndex(({ ok }) => ok)]?.body);
    });
  });
}

function onceTests(opened: OpenedStore): void {
  describe('once', () => {
    const once: OnceRecord = {
      principal: 'client-1',
      requestId: 'r1',
      digest: sha256('first'),
      at: at(1),
      outcomes: [{ key: keyOf('a'), versionId: 1, status: 201 }],
    };

    it('keeps the outcomes of a request, and answers a repeat with them', async () => {
      const store = await opened.open();
      expect(await store.outcomeOf('client-1', 'r1')).to.equal(undefined);
      await commitUnit(store, { ...unitOf(put({ id: 'a' })), once });
      expect(await store.outcomeOf('client-1', 'r1')).to.deep.equal(once);
      const again = { ...unitOf(put({ id: 'b' })), once };
      expect(await refused(store, again)).to.deep.equal({ reason: 'once', record: once });
      const other = { ...again, once: { ...once, digest: sha256('second') } };
      expect(await refused(store, other)).to.deep.equal({ reason: 'once', record: once });
      await commitUnit(store, { ...again, once: { ...once, principal: 'client-2' } });
    });

    it('is decided in the commit: of equal requests at the same time one is carried out', async () => {
      const store = await opened.open();
      const units = Array.from({ length: 100 }, (_, place) => ({
        ...unitOf(put({ id: `r${String(place)}` })),
        once,
      }));
      const results = await Promise.all(units.map((unit) => store.commit(unit)));
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
      expect(await store.countByType()).to.deep.equal(new Map([['Observation', 1]]));
    });

    it('is not kept where the unit is refused', async () => {
      const store = await opened.open();
      await refused(store, { ...unitOf(put({ id: 'a', versionId: 2 })), once });
      expect(await store.outcomeOf('client-1', 'r1')).to.equal(undefined);
    });

    it('is forgotten when it is pruned', async () => {
      const store = await opened.open();
      await commitUnit(store, { ...unitOf(), once });
      await commitUnit(store, { ...unitOf(), once: { ...once, requestId: 'r2', at: at(5) } });
      await commit(store, { kind: 'prune-once', before: at(5) });
      expect(await store.outcomeOf('client-1', 'r1')).to.equal(undefined);
      expect(await store.outcomeOf('client-1', 'r2')).to.not.equal(undefined);
    });
  });
}
