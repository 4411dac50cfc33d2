import { expect } from 'chai';

import type { Lease, Timer } from '../../src/ports/store.js';
import type { OpenedStore } from './contract-suite.js';
import { at, commit, keyOf, put, refused, unitOf } from './store-units.js';

export function jobsSuite(opened: OpenedStore): void {
  describe('lease', () => {
    const take = (holder: string, seen?: Lease) =>
      ({ kind: 'lease', name: 'streams', holder, seen }) as const;

    it('goes to whoever has seen what stands', async () => {
      const store = await opened.open();
      expect(await store.lease('streams')).to.equal(undefined);
      await commit(store, take('a'));
      const first = await store.lease('streams');
      expect(first).to.deep.equal({ holder: 'a', renewals: 1 });
      await commit(store, take('a', first));
      expect(await store.lease('streams')).to.deep.equal({ holder: 'a', renewals: 2 });
      expect(await store.lease('others')).to.equal(undefined);
    });

    it('is refused to who has seen less, with what stands, and keeps back the rest of the unit', async () => {
      const store = await opened.open();
      await commit(store, take('a'));
      const current = { holder: 'a', renewals: 1 };
      for (const seen of [undefined, { holder: 'b', renewals: 1 }, { holder: 'a', renewals: 0 }]) {
        const failed = await refused(store, unitOf(put({ id: 'x' }), take('b', seen)));
        expect(failed).to.deep.equal({ reason: 'lease', name: 'streams', current });
      }
      expect(await store.lease('streams')).to.deep.equal(current);
      const twice = await refused(store, unitOf(take('b', current), take('c', current)));
      expect(twice).to.deep.include({ reason: 'lease', current: { holder: 'b', renewals: 2 } });
      expect(await store.lease('streams')).to.deep.equal(current);
    });

    it('is taken by one of many who saw the same', async () => {
      const store = await opened.open();
      const results = await Promise.all(
        ['a', 'b', 'c', 'd'].map((holder) => store.commit(unitOf(take(holder)))),
      );
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
      expect((await store.lease('streams'))?.renewals).to.equal(1);
    });
  });

  describe('timers', () => {
    const timer = (id: string, seconds: number): Timer => ({
      id,
      key: keyOf('task-1', 'Task'),
      event: 'expire',
      dueAt: at(seconds),
    });
    const due = (id: string, seconds: number) => ({ kind: 'clear-timer', id, dueAt: at(seconds) }) as const;

    it('are due in the order of their times, those of one time in that of their ids', async () => {
      const store = await opened.open();
      const timers = [timer('c', 30), timer('b', 10), timer('a', 10), timer('d', 31)];
      await commit(store, ...timers.map((each) => ({ kind: 'set-timer', timer: each }) as const));
      const ids = async (seconds: number, limit = 10): Promise<string[]> =>
        (await store.dueTimers({ now: at(seconds), limit })).map(({ id }) => id);
      expect(await ids(9)).to.deep.equal([]);
      expect(await ids(30)).to.deep.equal(['a', 'b', 'c']);
      expect(await ids(99, 2)).to.deep.equal(['a', 'b']);
      expect((await store.dueTimers({ now: at(30), limit: 10 }))[2]).to.deep.equal(timers[0]);
      const again = await opened.open();
      expect(await again.dueTimers({ now: at(99), limit: 10 })).to.have.length(4);
    });

    it('fire once, and not at a time for which they are not set any more', async () => {
      const store = await opened.open();
      await commit(store, { kind: 'set-timer', timer: timer('a', 10) });
      const fire = unitOf(put({ id: 'effect' }), due('a', 10));
      const results = await Promise.all([1, 2, 3].map(() => store.commit(fire)));
      expect(results.filter(({ ok }) => ok)).to.have.length(1);
      expect(await store.dueTimers({ now: at(99), limit: 10 })).to.deep.equal([]);
      await commit(store, { kind: 'set-timer', timer: timer('a', 10) });
      await commit(store, { kind: 'set-timer', timer: timer('a', 20) });
      const late = unitOf(put({ id: 'late' }), due('a', 10));
      expect(await refused(store, late)).to.deep.equal({ reason: 'timer', id: 'a' });
      expect(await store.dueTimers({ now: at(99), limit: 10 })).to.deep.equal([timer('a', 20)]);
    });

    it('are the same in another spelling of the same instant', async () => {
      const store = await opened.open();
      const dueAt = at(10).replace('.000Z', 'Z');
      await commit(store, { kind: 'set-timer', timer: { ...timer('a', 10), dueAt } });
      expect(await store.dueTimers({ now: at(10), limit: 1 })).to.deep.equal([timer('a', 10)]);
      await commit(store, { kind: 'clear-timer', id: 'a', dueAt });
      expect(await store.dueTimers({ now: at(10), limit: 1 })).to.deep.equal([]);
    });

    it('are cleared whether they stand or not', async () => {
      const store = await opened.open();
      await commit(store, { kind: 'set-timer', timer: timer('a', 10) }, { kind: 'clear-timer', id: 'a' });
      await commit(store, { kind: 'clear-timer', id: 'a' }, { kind: 'clear-timer', id: 'never' });
      expect(await store.dueTimers({ now: at(99), limit: 10 })).to.deep.equal([]);
    });
  });
}
