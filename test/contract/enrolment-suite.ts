import { expect } from 'chai';

import type { Enrolled, Enrolment, EnrolmentCount, Store } from '../../src/ports/store.js';
import { failureOf } from '../support/failure-of.js';
import { randomSource, type RandomSource } from '../support/random-source.js';
import type { OpenedStore } from './contract-suite.js';
import { commit, keyOf, put, refused, remove, unitOf, type VersionSpec } from './store-units.js';

const patient = (id: string, more: Partial<VersionSpec> = {}) => put({ type: 'Patient', id, ...more });

const enrolmentOf = (of: Partial<Enrolment>): Enrolment => ({
  versionId: 1,
  source: 'hospital-1',
  division: '370202',
  verified: true,
  matchable: true,
  facts: '{"family":"张"}',
  blockingKeys: ['name 张', 'birth 1980'],
  ...of,
});

export const enrol = (id: string, of: Partial<Enrolment> = {}) =>
  ({ kind: 'enrol', key: keyOf(id, 'Patient'), enrolment: enrolmentOf(of) }) as const;
const withdraw = (id: string) => ({ kind: 'withdraw', key: keyOf(id, 'Patient') }) as const;

function enrolledOf(of: Partial<Enrolment> = {}): Enrolled {
  const { blockingKeys: _keys, ...enrolled } = enrolmentOf(of);
  return enrolled;
}

async function membersOf(store: Store, ...keys: string[]): Promise<(readonly string[])[]> {
  const blocks = await store.blocks({ keys, limit: 1_000 });
  expect(blocks.some(({ cut }) => cut)).to.equal(false);
  return blocks.map(({ members }) => members);
}

export function enrolmentSuite(opened: OpenedStore): void {
  describe('enrolments', () => {
    readingTests(opened);
    listingTests(opened);
    changingTests(opened);
    unitTests(opened);

    it('are after any changes what a list of them would be', async () => {
      let store = await opened.open();
      const draw = randomSource(7);
      const model = new Map<string, Enrolment>();
      const ids = Array.from({ length: 30 }, (_, place) => `p${String(place)}`);
      await commit(store, ...ids.map((id) => patient(id)));
      for (let round = 1; round <= 40; round += 1) {
        const changes = draw.some(1, 12, () => randomChange(draw, draw.pick(ids)));
        for (const change of changes) {
          if (change.kind === 'enrol') model.set(change.key.id, change.enrolment);
          else model.delete(change.key.id);
        }
        await commit(store, ...changes);
        if (round % 20 === 0) store = await opened.open();
        if (round % 5 === 0) await expectModel(store, ids, model);
      }
    });
  });
}

function readingTests(opened: OpenedStore): void {
  it('are found by each of their blocking keys, in the order of first arrival', async () => {
    const store = await opened.open();
    await commit(store, ...['z', 'y', 'x'].map((id) => patient(id)));
    await commit(store, enrol('x', { blockingKeys: ['both', 'only x', 'both'] }), enrol('y'));
    await commit(store, enrol('z', { blockingKeys: ['both', 'name 张'] }));
    const asked = ['only x', 'both', 'nobody', 'name 张', 'both', ''];
    const expected = [['x'], ['z', 'x'], [], ['z', 'y'], ['z', 'x'], []];
    expect(await membersOf(store, ...asked)).to.deep.equal(expected);
    const again = await opened.open();
    expect(await membersOf(again, ...asked)).to.deep.equal(expected);
    expect(await again.blocks({ keys: [], limit: 1 })).to.deep.equal([]);
  });

  it('are told in the order of the ids asked for', async () => {
    const store = await opened.open();
    expect(await store.enrolled(['a'])).to.deep.equal([undefined]);
    await commit(store, ...['a', 'b', 'c'].map((id) => patient(id)), put({ id: 'd' }));
    const other = {
      versionId: 3,
      source: '医院 2',
      division: '',
      verified: false,
      matchable: false,
      facts: '',
    };
    await commit(store, enrol('a'), enrol('b', { ...other, blockingKeys: [] }));
    const found = await store.enrolled(['b', 'c', 'a', 'never', 'd', 'b']);
    const second = enrolledOf(other);
    expect(found).to.deep.equal([second, undefined, enrolledOf(), undefined, undefined, second]);
    expect(await store.enrolled([])).to.deep.equal([]);
  });

  it('of a block above the limit are not told', async () => {
    const store = await opened.open();
    const ids = ['a', 'b', 'c', 'd'];
    await commit(store, ...ids.map((id) => patient(id)));
    await commit(
      store,
      ...ids.map((id) => enrol(id, { blockingKeys: id === 'd' ? ['all'] : ['all', 'some'] })),
    );
    expect(await store.blocks({ keys: ['all', 'some', 'none'], limit: 3 })).to.deep.equal([
      { members: [], cut: true },
      { members: ['a', 'b', 'c'], cut: false },
      { members: [], cut: false },
    ]);
    await commit(store, withdraw('b'));
    expect(await membersOf(store, 'all')).to.deep.equal([['a', 'c', 'd']]);
  });

  it('of a block above the limit are told from its ends where that is asked for', async () => {
    const store = await opened.open();
    const ids = Array.from({ length: 12 }, (_, place) => `p${String(place)}`);
    await commit(store, ...ids.map((id) => patient(id)));
    await commit(
      store,
      ...ids.map((id, place) => enrol(id, { blockingKeys: place < 5 ? ['all', 'some'] : ['all'] })),
    );
    expect(await store.blocks({ keys: ['all', 'some', 'none'], limit: 6, ofCut: 4 })).to.deep.equal([
      { members: ['p0', 'p1', 'p10', 'p11'], cut: true },
      { members: ['p0', 'p1', 'p2', 'p3', 'p4'], cut: false },
      { members: [], cut: false },
    ]);
    const [many] = await store.blocks({ keys: ['all'], limit: 4, ofCut: 100 });
    expect(many).to.deep.equal({ members: ['p0', 'p1', 'p10', 'p11'], cut: true });
    const [none] = await store.blocks({ keys: ['all'], limit: 11, ofCut: 1 });
    expect(none).to.deep.equal({ members: [], cut: true });
  });
}

function listingTests(opened: OpenedStore): void {
  it('are counted by division, source, verified and matchable', async () => {
    const store = await opened.open();
    expect(await store.countEnrolled()).to.deep.equal([]);
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await commit(store, ...ids.map((id) => patient(id)));
    await commit(store, enrol('a'), enrol('b', { source: 'b-clinic' }), enrol('c', { verified: false }));
    await commit(store, enrol('d', { division: '' }), enrol('e', { facts: '{}' }));
    const count = (n: number, of: Partial<Enrolment> = {}): EnrolmentCount => {
      const { division, source, verified, matchable } = enrolmentOf(of);
      return { division, source, verified, matchable, n };
    };
    expect(await store.countEnrolled()).to.deep.equal([
      count(1, { division: '' }),
      count(1, { source: 'b-clinic' }),
      count(1, { verified: false }),
      count(2),
    ]);
    await commit(store, enrol('a', { matchable: false }), withdraw('b'), enrol('c', { verified: false }));
    expect(await store.countEnrolled()).to.deep.equal([
      count(1, { division: '' }),
      count(1, { verified: false }),
      count(1, { matchable: false }),
      count(1),
    ]);
  });

  it('with nothing to match on are listed in pages', async () => {
    const store = await opened.open();
    const ids = ['e', 'd', 'c', 'b', 'a'];
    await commit(store, ...ids.map((id) => patient(id)), patient('other'));
    const nothing = { matchable: false, blockingKeys: [] };
    await commit(store, ...[...ids].reverse().map((id) => enrol(id, nothing)), enrol('other'));
    expect(await store.unmatchable({ limit: 10 })).to.deep.equal(ids);
    expect(await store.unmatchable({ limit: 2 })).to.deep.equal(['e', 'd']);
    await commit(store, withdraw('d'), enrol('b'));
    expect(await store.unmatchable({ after: 'd', limit: 10 })).to.deep.equal(['c', 'a']);
    expect(await store.unmatchable({ after: 'other', limit: 10 })).to.deep.equal([]);
    expect((await failureOf(store.unmatchable({ after: 'never', limit: 1 })))?.category).to.equal(
      'malformed',
    );
  });
}

function changingTests(opened: OpenedStore): void {
  it('stand in the place of earlier ones', async () => {
    const store = await opened.open();
    await commit(store, patient('a'), patient('b'));
    await commit(
      store,
      enrol('a', { blockingKeys: ['stays', 'goes'] }),
      enrol('b', { blockingKeys: ['goes'] }),
    );
    const later = { versionId: 2, facts: '{"family":"王"}', blockingKeys: ['comes', 'stays'] };
    await commit(store, enrol('a', later));
    expect(await membersOf(store, 'stays', 'goes', 'comes')).to.deep.equal([['a'], ['b'], ['a']]);
    expect(await store.enrolled(['a'])).to.deep.equal([enrolledOf(later)]);
  });

  it('are withdrawn with their keys, whether they stand or not', async () => {
    const store = await opened.open();
    await commit(store, patient('a'), patient('b'), patient('c'));
    await commit(store, enrol('a'), enrol('b'));
    expect(await commit(store, withdraw('a'), withdraw('c'), withdraw('never'))).to.deep.equal([
      'done',
      'done',
      'done',
    ]);
    expect(await membersOf(store, 'name 张', 'birth 1980')).to.deep.equal([['b'], ['b']]);
    expect(await store.enrolled(['a', 'b'])).to.deep.equal([undefined, enrolledOf()]);
    await commit(store, withdraw('a'));
    await commit(store, enrol('a'));
    expect(await membersOf(store, 'name 张')).to.deep.equal([['a', 'b']]);
  });

  it('stay when their Patient is changed or deleted', async () => {
    const store = await opened.open();
    await commit(store, patient('a'), enrol('a'));
    await commit(store, patient('a', { versionId: 2 }));
    await commit(store, remove({ type: 'Patient', id: 'a', versionId: 3 }));
    expect(await store.enrolled(['a'])).to.deep.equal([enrolledOf()]);
    expect(await membersOf(store, 'name 张')).to.deep.equal([['a']]);
    await commit(store, withdraw('a'));
    expect(await store.countEnrolled()).to.deep.equal([]);
  });
}

function unitTests(opened: OpenedStore): void {
  it('change with their unit or not at all', async () => {
    const store = await opened.open();
    await commit(store, patient('a'), patient('b'), enrol('a'), enrol('b'));
    const changes = [
      enrol('a', { source: 'x', blockingKeys: ['x'] }),
      withdraw('b'),
      patient('c'),
      enrol('c'),
    ];
    const lost = put({ id: 'lost', versionId: 2 });
    expect((await refused(store, unitOf(...changes, lost))).reason).to.equal('version');
    // Two versions of one resource are written one after the other.
    const twice = [patient('d'), patient('d', { versionId: 2 })];
    expect((await refused(store, unitOf(...changes, ...twice, lost))).reason).to.equal('version');
    const guard = { kind: 'unchanged', key: keyOf('a', 'Patient'), versionId: 2 } as const;
    expect((await refused(store, { changes, guards: [guard] })).reason).to.equal('guard');
    expect(await store.enrolled(['a', 'b', 'c'])).to.deep.equal([enrolledOf(), enrolledOf(), undefined]);
    expect(await membersOf(store, 'name 张', 'x')).to.deep.equal([['a', 'b'], []]);
  });

  it('follow the order of the changes in their unit', async () => {
    const store = await opened.open();
    await commit(
      store,
      patient('a'),
      enrol('a'),
      patient('a', { versionId: 2 }),
      enrol('a', { versionId: 2 }),
    );
    expect(await store.enrolled(['a'])).to.deep.equal([enrolledOf({ versionId: 2 })]);
    await commit(
      store,
      patient('b'),
      enrol('b'),
      withdraw('b'),
      enrol('a', { blockingKeys: ['x'] }),
      enrol('a'),
    );
    expect(await membersOf(store, 'name 张', 'x')).to.deep.equal([['a'], []]);
    await commit(store, withdraw('a'), enrol('b', { blockingKeys: ['x'] }), withdraw('b'), enrol('b'));
    expect(await membersOf(store, 'name 张', 'x')).to.deep.equal([['b'], []]);
    expect((await store.countEnrolled()).map(({ n }) => n)).to.deep.equal([1]);
  });

  it('of units that are committed together each take effect or none', async () => {
    const store = await opened.open();
    await commit(store, patient('a'));
    const ids = Array.from({ length: 60 }, (_, place) => `p${String(place)}`);
    const results = await Promise.all(
      ids.flatMap((id, place) => {
        const expected = place % 3 === 0 ? 7 : 'never';
        const made = put({ type: 'Patient', id }, expected);
        const effects = [enrol(id, { blockingKeys: ['all', id] }), enrol('a', { versionId: place })];
        return [store.commit(unitOf(made, ...effects)), store.commit(unitOf(withdraw('a')))];
      }),
    );
    const made = ids.filter((_, place) => results[place * 2]?.ok);
    expect(made).to.deep.equal(ids.filter((_, place) => place % 3 !== 0));
    expect(await membersOf(store, 'all', 'p0', 'p1', 'name 张')).to.deep.equal([made, [], ['p1'], []]);
    expect((await store.countEnrolled()).map(({ n }) => n)).to.deep.equal([made.length]);
  });

  it('of what is not held, or no Patient, fail their unit and no other', async () => {
    const store = await opened.open();
    await commit(store, patient('a'), put({ id: 'observation' }));
    const faults = [
      unitOf(patient('b'), enrol('never')),
      unitOf(enrol('c'), patient('c')),
      unitOf(enrol('a'), { ...enrol('a'), key: keyOf('observation') }),
    ];
    const others = ['d', 'e', 'f'].map((id) => unitOf(patient(id), enrol(id)));
    const units = faults.flatMap((fault, place) => [fault, others[place] ?? unitOf()]);
    const ends = await Promise.allSettled(units.map((unit) => store.commit(unit)));
    expect(ends.map(({ status }) => status)).to.deep.equal(
      units.map((_, place) => (place % 2 ? 'fulfilled' : 'rejected')),
    );
    expect(await store.read(['b', 'c'].map((id) => keyOf(id, 'Patient')))).to.deep.equal([
      undefined,
      undefined,
    ]);
    expect(await membersOf(store, 'name 张')).to.deep.equal([['d', 'e', 'f']]);
  });

  it('are in a backup', async () => {
    const store = await opened.open();
    const nothing = { matchable: false, blockingKeys: ['x'] };
    await commit(store, patient('a'), patient('b'), enrol('a'), enrol('b', nothing));
    await store.backup(opened.backupTarget());
    const counts = await store.countEnrolled();
    const copy = await opened.openRestored();
    expect(await membersOf(copy, 'name 张', 'x')).to.deep.equal([['a'], ['b']]);
    expect(await copy.enrolled(['a', 'b'])).to.deep.equal([enrolledOf(), enrolledOf(nothing)]);
    expect(await copy.countEnrolled()).to.deep.equal(counts);
    await commit(copy, withdraw('a'), enrol('b'));
    expect(await membersOf(copy, 'name 张', 'x')).to.deep.equal([['b'], []]);
  });
}

const allKeys = Array.from({ length: 20 }, (_, place) => `key ${String(place)}`);

const randomChange = (draw: RandomSource, id: string) =>
  draw.once(4)
    ? withdraw(id)
    : enrol(id, {
        versionId: draw.whole(9) + 1,
        source: draw.pick(['hospital-1', 'hospital-2']),
        division: draw.pick(['', '370202', '370203']),
        verified: draw.once(2),
        matchable: !draw.once(4),
        facts: `{"drawn":${String(draw.whole(1_000))}}`,
        blockingKeys: draw.some(0, 8, () => draw.pick(allKeys)),
      });

async function expectModel(
  store: Store,
  ids: readonly string[],
  model: ReadonlyMap<string, Enrolment>,
): Promise<void> {
  const held = ids.flatMap((id) => {
    const enrolment = model.get(id);
    return enrolment ? [{ id, enrolment }] : [];
  });
  const idsWhere = (is: (enrolment: Enrolment) => boolean): string[] =>
    held.filter(({ enrolment }) => is(enrolment)).map(({ id }) => id);
  const enrolled = ids.map((id) => model.get(id)).map((one) => one && enrolledOf(one));
  expect(await store.enrolled(ids)).to.deep.equal(enrolled);
  expect(await membersOf(store, ...allKeys)).to.deep.equal(
    allKeys.map((key) => idsWhere(({ blockingKeys }) => blockingKeys.includes(key))),
  );
  expect(await store.unmatchable({ limit: 100 })).to.deep.equal(idsWhere(({ matchable }) => !matchable));
  for (const { n, ...alike } of await store.countEnrolled()) {
    const same = idsWhere((enrolment) =>
      Object.entries(alike).every(([name, value]) => enrolment[name as keyof Enrolment] === value),
    );
    expect(same).to.have.length(n);
  }
  const sum = (await store.countEnrolled()).reduce((total, { n }) => total + n, 0);
  expect(sum).to.equal(held.length);
}
