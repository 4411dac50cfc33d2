import { expect } from 'chai';

import type { OpenedStore } from './contract-suite.js';
import {
  at,
  bodyOf,
  commit,
  keyOf,
  named,
  put,
  refused,
  remove,
  replica,
  sha256,
  unitOf,
} from './store-units.js';

const whole = { after: 0, limit: 1_000, maxBytes: 1_000_000 };

export function logSuite(opened: OpenedStore): void {
  describe('log', () => {
    it('gives a lane’s versions in the order of arrival with their positions', async () => {
      const store = await opened.open();
      await commit(store, put({ id: 'o1' }), put({ id: 't1', type: 'Task' }), put({ id: 'o2' }));
      await commit(store, remove({ id: 'o1', versionId: 2 }));
      const { incarnation } = await store.status();
      const clinical = await store.readLog({ lane: 'clinical', ...whole });
      expect(named(clinical.entries)).to.deep.equal(['o1/1', 'o2/1', 'o1/2']);
      expect(clinical.entries.map(({ position }) => position)).to.deep.equal(
        [1, 3, 4].map((sequence, place) => ({
          incarnation,
          sequence,
          hash: clinical.entries[place]?.hash,
        })),
      );
      const workflow = await store.readLog({ lane: 'workflow', ...whole });
      expect(named(workflow.entries)).to.deep.equal(['t1/1']);
      expect(workflow.upTo).to.deep.equal(await store.positionAt(4));
    });

    it('says how far it has looked: to the end, or to its last entry when it was cut', async () => {
      const store = await opened.open();
      await commit(store, ...['a', 'b', 'c'].map((id) => put({ id })), put({ id: 't', type: 'Task' }));
      const cut = await store.readLog({ lane: 'clinical', ...whole, limit: 2 });
      expect(named(cut.entries)).to.deep.equal(['a/1', 'b/1']);
      expect(cut.upTo.sequence).to.equal(2);
      const rest = await store.readLog({ lane: 'clinical', ...whole, after: 2, limit: 2 });
      expect(named(rest.entries)).to.deep.equal(['c/1']);
      expect(rest.upTo.sequence).to.equal(4);
      const none = await store.readLog({ lane: 'bulk', ...whole });
      expect(none).to.deep.equal({ entries: [], upTo: await store.positionAt(4) });
    });

    it('bounds a page in bytes of bodies and always gives one version', async () => {
      const store = await opened.open();
      await commit(store, ...['a', 'b', 'c'].map((id) => put({ id, text: '李'.repeat(100) })));
      const length = Buffer.byteLength(bodyOf({ id: 'a', text: '李'.repeat(100) }));
      const two = await store.readLog({ lane: 'clinical', ...whole, maxBytes: 2 * length });
      expect(named(two.entries)).to.deep.equal(['a/1', 'b/1']);
      expect(two.upTo.sequence).to.equal(2);
      const one = await store.readLog({ lane: 'clinical', ...whole, maxBytes: 1 });
      expect(named(one.entries)).to.deep.equal(['a/1']);
    });

    it('numbers without gaps, refused units between', async () => {
      const store = await opened.open();
      await Promise.all(
        Array.from({ length: 60 }, (_, place) =>
          store.commit(unitOf(put({ id: `r${String(place % 40)}` }), put({ id: `s${String(place)}` }))),
        ),
      );
      const { entries } = await store.readLog({ lane: 'clinical', ...whole });
      expect(entries.map(({ position }) => position.sequence)).to.deep.equal(
        Array.from({ length: 80 }, (_, place) => place + 1),
      );
      expect((await store.status()).lastSequence).to.equal(80);
    });

    it('knows the position at each sequence, none beyond its end', async () => {
      const store = await opened.open();
      const { incarnation } = await store.status();
      await commit(store, put({ id: 'a' }));
      expect(await store.positionAt(0)).to.deep.equal({ incarnation, sequence: 0, hash: '' });
      expect(await store.positionAt(1)).to.deep.equal({
        incarnation,
        sequence: 1,
        hash: sha256(bodyOf({ id: 'a' })),
      });
      expect(await store.positionAt(2)).to.equal(undefined);
    });

    it('tells a watcher of every commit that appended, until it is stopped', async () => {
      const store = await opened.open();
      let told = 0;
      const stop = store.watch(() => (told += 1));
      await commit(store, put({ id: 'a' }));
      expect(told).to.equal(1);
      await store.commit(unitOf(put({ id: 'a' })));
      expect(told).to.equal(1);
      stop();
      await commit(store, put({ id: 'b' }));
      const again = await opened.open();
      again.watch(() => (told += 1));
      await commit(again, { kind: 'recovered' });
      expect(told).to.equal(1);
    });

    it('never lets the arrival decrease, whatever the clock says', async () => {
      const store = await opened.open();
      opened.clock.nowMs += 10_000;
      await commit(store, put({ id: 'a' }));
      opened.clock.nowMs -= 5_000;
      await commit(store, put({ id: 'b' }));
      const versions = await store.read([keyOf('a'), keyOf('b')]);
      expect(versions.map((version) => version?.arrivedAt)).to.deep.equal([at(10), at(10)]);
    });
  });
  historyTests(opened);
  cursorTests(opened);
}

function historyTests(opened: OpenedStore): void {
  describe('history', () => {
    it('gives an instance’s, a type’s and the whole store’s versions, newest arrival first', async () => {
      const store = await opened.open();
      await commit(
        store,
        replica({ id: 'a', versionId: 3 }),
        put({ id: 'p', type: 'Patient' }),
        put({ id: 'b' }),
      );
      await commit(store, replica({ id: 'a', versionId: 1 }));
      const page = { limit: 10 };
      const instance = await store.history({ kind: 'instance', key: keyOf('a') }, page);
      expect(named(instance.versions)).to.deep.equal(['a/1', 'a/3']);
      const type = await store.history({ kind: 'type', type: 'Observation' }, page);
      expect([named(type.versions), type.total]).to.deep.equal([['a/1', 'b/1', 'a/3'], 3]);
      const system = await store.history({ kind: 'system' }, page);
      expect([named(system.versions), system.total]).to.deep.equal([['a/1', 'b/1', 'p/1', 'a/3'], 4]);
    });

    it('is empty for what was never held', async () => {
      const store = await opened.open();
      const nothing = { versions: [], total: 0 };
      expect(await store.history({ kind: 'instance', key: keyOf('x') }, { limit: 5 })).to.deep.equal(nothing);
      expect(await store.history({ kind: 'type', type: 'Slot' }, { limit: 5 })).to.deep.equal(nothing);
      expect(await store.history({ kind: 'system' }, { limit: 5 })).to.deep.equal(nothing);
    });

    it('pages on below what was shown while others write', async () => {
      const store = await opened.open();
      await commit(store, ...['a', 'b', 'c', 'd', 'e'].map((id) => put({ id })));
      const scope = { kind: 'type', type: 'Observation' } as const;
      const first = await store.history(scope, { limit: 2 });
      await commit(store, put({ id: 'f' }), put({ id: 'a', versionId: 2 }));
      const second = await store.history(scope, { limit: 2, cursor: first.nextCursor ?? '' });
      const third = await store.history(scope, { limit: 2, cursor: second.nextCursor ?? '' });
      expect([first, second, third].map(({ versions }) => named(versions))).to.deep.equal([
        ['e/1', 'd/1'],
        ['c/1', 'b/1'],
        ['a/1'],
      ]);
      expect(third.nextCursor).to.equal(undefined);
    });

    it('counts and shows only what arrived at or after `since`', async () => {
      const store = await opened.open();
      for (const id of ['a', 'b', 'c', 'd']) {
        await commit(store, put({ id, type: 'Patient' }), put({ id }));
        opened.clock.nowMs += 1_000;
      }
      for (const scope of [{ kind: 'system' }, { kind: 'type', type: 'Patient' }] as const) {
        const each = scope.kind === 'system' ? 2 : 1;
        const late = await store.history(scope, { since: at(2), limit: 10 });
        expect([late.total, late.versions.length]).to.deep.equal([2 * each, 2 * each]);
        expect((await store.history(scope, { since: at(1.001), limit: 10 })).total).to.equal(2 * each);
        expect((await store.history(scope, { since: at(4), limit: 10 })).total).to.equal(0);
        expect((await store.history(scope, { since: at(-9), limit: 10 })).total).to.equal(4 * each);
      }
    });
  });
}

function cursorTests(opened: OpenedStore): void {
  describe('move-cursor', () => {
    const position = (sequence: number) => ({ incarnation: 'i', sequence, hash: sha256(String(sequence)) });

    it('moves in the commit of its effects, only from where the cursor stands', async () => {
      const store = await opened.open();
      expect(await store.cursor('c')).to.equal(undefined);
      const first = { kind: 'move-cursor', name: 'c', from: undefined, to: position(5) } as const;
      await commit(store, first, put({ id: 'a' }));
      expect(await store.cursor('c')).to.deep.equal(position(5));
      expect(await refused(store, unitOf(put({ id: 'b' }), first))).to.deep.equal({
        reason: 'cursor',
        name: 'c',
        current: position(5),
      });
      const wrongHash = { ...first, from: { ...position(5), hash: sha256('other') }, to: position(6) };
      expect(await refused(store, unitOf(wrongHash))).to.include({ reason: 'cursor' });
      await commit(store, { ...first, from: position(5), to: position(3) });
      expect(await store.cursor('c')).to.deep.equal(position(3));
    });

    it('names the cursor that does not exist yet', async () => {
      const store = await opened.open();
      const change = { kind: 'move-cursor', name: 'c', from: position(1), to: position(2) } as const;
      expect(await refused(store, unitOf(change))).to.deep.equal({
        reason: 'cursor',
        name: 'c',
        current: undefined,
      });
    });

    it('lets one of many equal moves win', async () => {
      const store = await opened.open();
      const change = { kind: 'move-cursor', name: 'c', from: undefined, to: position(1) } as const;
      const results = await Promise.all(Array.from({ length: 30 }, () => store.commit(unitOf(change))));
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
    });
  });
}
