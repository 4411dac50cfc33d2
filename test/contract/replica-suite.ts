import { expect } from 'chai';

import type { OpenedStore } from './contract-suite.js';
import {
  bodyOf,
  commit,
  commitUnit,
  hasToken,
  idsOf,
  keyOf,
  put,
  query,
  removedReplica,
  refused,
  replica,
  token,
  unitOf,
} from './store-units.js';

export function replicaSuite(opened: OpenedStore): void {
  describe('replica', () => {
    it('is stored with its owner’s version and found by its entries', async () => {
      const store = await opened.open();
      expect(await commit(store, replica({ id: 'a', entries: [token('code', 'x')] }))).to.deep.equal([
        'stored',
      ]);
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal(['a']);
      const [version] = await store.read([keyOf('a')]);
      expect(version?.origin).to.include({ owner: 'node-b', receivedFrom: 'node-b' });
    });

    it('is recognised when it is held', async () => {
      const store = await opened.open();
      await commit(store, replica({ id: 'a' }), replica({ id: 'a', versionId: 2 }));
      const before = await store.status();
      expect(await commit(store, replica({ id: 'a' }), replica({ id: 'a', versionId: 2 }))).to.deep.equal([
        'held',
        'held',
      ]);
      expect(await store.status()).to.deep.equal(before);
    });

    it('fills in an old version without becoming current', async () => {
      const store = await opened.open();
      const third = replica({ id: 'a', versionId: 3, entries: [token('code', 'new')] });
      const second = replica({ id: 'a', versionId: 2, entries: [token('code', 'old')] });
      expect(await commit(store, third, second)).to.deep.equal(['stored', 'stored']);
      expect((await store.read([keyOf('a')]))[0]?.versionId).to.equal(3);
      expect((await store.readVersion(keyOf('a'), 2))?.body).to.equal(second.body);
      expect(await idsOf(store, query(hasToken('code', 'old')))).to.deep.equal([]);
      expect(await idsOf(store, query(hasToken('code', 'new')))).to.deep.equal(['a']);
    });

    it('takes deletes, and records that come again', async () => {
      const store = await opened.open();
      await commit(store, replica({ id: 'a', entries: [token('code', 'x')] }));
      expect(await commit(store, removedReplica({ id: 'a', versionId: 2 }))).to.deep.equal(['stored']);
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal([]);
      expect(await commit(store, removedReplica({ id: 'a', versionId: 2 }))).to.deep.equal(['held']);
      await commit(store, replica({ id: 'a', versionId: 3, entries: [token('code', 'x')] }));
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal(['a']);
    });

    it('takes a delete of what was never held', async () => {
      const store = await opened.open();
      expect(await commit(store, removedReplica({ id: 'a', versionId: 2 }))).to.deep.equal(['stored']);
      expect((await store.read([keyOf('a')]))[0]).to.include({ deleted: true, versionId: 2 });
      expect(await store.countByType()).to.deep.equal(new Map());
    });

    it('of another owner than the record’s is named and not stored', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'own' }), replica({ id: 'b' }));
      const outcomes = await commit(
        store,
        replica({ id: 'own' }),
        replica({ id: 'b', versionId: 2, owner: 'node-c', from: 'node-c' }),
        replica({ id: 'c', owner: 'node-a' }),
      );
      expect(outcomes).to.deep.equal(['foreign-owner', 'foreign-owner', 'foreign-owner']);
      const listed = await store.exceptions({ kind: 'foreign-owner', limit: 10 });
      expect(listed.map(({ stream, key }) => `${stream} ${key.id}`)).to.have.members([
        'from:node-b own',
        'from:node-c b',
        'from:node-b c',
      ]);
      expect(await store.read([keyOf('c')])).to.deep.equal([undefined]);
    });

    it('of this node’s own record is recognised when it is equal', async () => {
      const store = await opened.open();
      const own = put({ id: 'own' });
      await commit(store, own);
      const back = replica({ id: 'own', owner: 'node-a', from: 'node-b' });
      expect(await commit(store, back)).to.deep.equal(['held']);
      expect(await store.exceptions({ limit: 10 })).to.deep.equal([]);
    });
  });
  forkTests(opened);
  restoredTests(opened);
}

function forkTests(opened: OpenedStore): void {
  describe('fork', () => {
    const otherSecond = { id: 'a', versionId: 2, text: 'other' };

    it('is kept apart with its body, and changes nothing of what is held', async () => {
      const store = await opened.open();
      await commit(
        store,
        replica({ id: 'a' }),
        replica({ id: 'a', versionId: 2, entries: [token('code', 'x')] }),
      );
      const { lastSequence } = await store.status();
      expect(await commit(store, replica(otherSecond))).to.deep.equal(['fork']);
      expect(await commit(store, replica(otherSecond))).to.deep.equal(['fork']);
      expect((await store.status()).lastSequence).to.equal(lastSequence);
      const [current] = await store.read([keyOf('a')]);
      expect(current).to.include({ body: bodyOf({ id: 'a', versionId: 2 }), keptApart: 2 });
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal(['a']);
      const listed = await store.exceptions({ kind: 'fork', limit: 10 });
      expect(listed).to.have.length(1);
      expect(listed[0]).to.include({ stream: 'from:node-b', versionId: 2, body: bodyOf(otherSecond) });
    });

    it('keeps the versions after it apart too, until one is above all', async () => {
      const store = await opened.open();
      const held = [1, 2, 5].map((versionId) => replica({ id: 'a', versionId }));
      await commit(store, ...held);
      const branch = [2, 3, 4].map((versionId) => replica({ id: 'a', versionId, text: 'other' }));
      expect(await commit(store, ...branch)).to.deep.equal(['fork', 'fork', 'fork']);
      expect(await store.readVersion(keyOf('a'), 3)).to.equal(undefined);
      const above = replica({ id: 'a', versionId: 6, text: 'other', entries: [token('code', 'x')] });
      expect(await commit(store, above)).to.deep.equal(['stored']);
      const [current] = await store.read([keyOf('a')]);
      expect(current?.versionId).to.equal(6);
      expect(current).to.not.have.property('keptApart');
      expect(await idsOf(store, query(hasToken('code', 'x')))).to.deep.equal(['a']);
      const listed = await store.exceptions({ kind: 'fork', limit: 10 });
      expect(listed.map(({ reason }) => reason)).to.deep.equal(Array(3).fill('resolved by version 6'));
    });

    it('stays resolved when it comes again', async () => {
      const store = await opened.open();
      await commit(store, replica({ id: 'a' }), replica({ id: 'a', versionId: 2 }), replica(otherSecond));
      expect((await store.countExceptions()).get('fork')).to.equal(1);
      await commit(store, replica({ id: 'a', versionId: 3 }));
      expect(await commit(store, replica(otherSecond))).to.deep.equal(['held']);
      const [row] = await store.exceptions({ kind: 'fork', limit: 10 });
      expect(row?.reason).to.equal('resolved by version 3');
      expect((await store.read([keyOf('a')]))[0]).to.not.have.property('keptApart');
      expect((await store.countExceptions()).get('fork')).to.equal(0);
    });

    it('does not keep an older missing version apart', async () => {
      const store = await opened.open();
      await commit(store, replica({ id: 'a', versionId: 3 }));
      const outcomes = await commit(
        store,
        replica({ id: 'a', versionId: 3, text: 'other' }),
        replica({ id: 'a', versionId: 1 }),
      );
      expect(outcomes).to.deep.equal(['fork', 'stored']);
    });
  });
}

function restoredTests(opened: OpenedStore): void {
  describe('restored store', () => {
    it('draws a new incarnation and remembers the old one', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }), put({ id: 'b' }));
      const before = await store.status();
      expect(before).to.include({ state: 'normal', lastSequence: 2 });
      await commit(store, { kind: 'restored', lastSequence: 1 });
      const after = await store.status();
      expect(after.incarnation).to.not.equal(before.incarnation);
      expect(after.lineage).to.deep.equal([{ incarnation: before.incarnation, lastSequence: 1 }]);
      expect(after).to.include({ state: 'restored', lastSequence: 2 });
      expect((await store.positionAt(2))?.incarnation).to.equal(after.incarnation);
    });

    it('keeps own records that come back after a fork apart until its own next write', async () => {
      const store = await opened.open();
      const back = (versionId: number) =>
        replica({ id: 'a', versionId, text: 'old line', owner: 'node-a', from: 'node-b' });
      await commit(store, put({ id: 'a' }), put({ id: 'a', versionId: 2 }));
      await commit(store, { kind: 'restored', lastSequence: 1 });
      expect(await commit(store, back(2), back(3), back(4))).to.deep.equal(['fork', 'fork', 'fork']);
      const [current] = await store.read([keyOf('a')]);
      expect(current).to.include({ versionId: 2, keptApart: 4 });
      await commit(store, { kind: 'recovered' });
      await commit(store, put({ id: 'a', versionId: 5 }, 2));
      expect((await store.read([keyOf('a')]))[0]).to.not.have.property('keptApart');
    });

    it('takes own records back in state `normal` only in a unit that says so', async () => {
      const store = await opened.open();
      const back = replica({ id: 'a', owner: 'node-a', from: 'node-b' });
      expect(await commit(store, back)).to.deep.equal(['foreign-owner']);
      expect(await commitUnit(store, { ...unitOf(back), ownReturn: true })).to.deep.equal(['stored']);
      const next = replica({ id: 'a', versionId: 2, owner: 'node-a', from: 'node-b' });
      expect(await commit(store, next)).to.deep.equal(['foreign-owner']);
    });

    it('refuses own writes and takes replicas, own records that come back among them', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'a' }));
      await commit(store, { kind: 'restored', lastSequence: 1 });
      expect(await refused(store, unitOf(put({ id: 'b' })))).to.deep.equal({ reason: 'restored' });
      const lost = replica({ id: 'a', versionId: 2, owner: 'node-a', from: 'node-b' });
      expect(await commit(store, lost, replica({ id: 'c' }))).to.deep.equal(['stored', 'stored']);
      expect((await store.read([keyOf('a')]))[0]?.versionId).to.equal(2);
      await commit(store, { kind: 'recovered' });
      expect((await store.status()).state).to.equal('normal');
      await commit(store, put({ id: 'a', versionId: 3 }));
    });
  });
}
