import { expect } from 'chai';
import fc from 'fast-check';

import { compareStream, resolvedForks, type StreamEnd } from '../../src/domain/exchange/index.js';
import { addDigests, digestOf } from '../../src/domain/exchange/digest-sum.js';
import type { KeptApart } from '../../src/ports/peer.js';
import type { DigestRow } from '../../src/ports/store.js';

interface Held {
  readonly id: string;
  readonly versionId: number;
  readonly hash: string;
  readonly day: string;
}

const cell = { owner: 'county', source: 'hospital', type: 'Patient' } as const;
const named = ({ id, versionId, hash }: Held) => ({
  key: { type: 'Patient', id },
  versionId,
  hash,
  labels: [],
});

/** An end that pages by two, in order of id and version. */
function endOf(versions: readonly Held[]): StreamEnd {
  return {
    digests: () => {
      const rows = new Map<string, DigestRow>();
      for (const version of versions) {
        const { day } = version;
        const before = rows.get(day) ?? { ...cell, day, n: 0, digest: [0, 0] as const };
        rows.set(day, {
          ...before,
          n: before.n + 1,
          digest: addDigests(before.digest, digestOf(named(version))),
        });
      }
      return Promise.resolve([...rows.values()]);
    },
    versions: ({ scope, after = '0' }) => {
      const list = versions.filter(({ day }) => day === scope.day);
      const start = Number(after);
      const next = start + 2 < list.length ? { next: String(start + 2) } : {};
      return Promise.resolve({ versions: list.slice(start, start + 2).map(named), ...next });
    },
  };
}

const of = (id: string, fields: Partial<Held> = {}): Held => ({
  id,
  versionId: 1,
  hash: 'h',
  day: '2026-01-01',
  ...fields,
});

describe('compareStream', () => {
  it('finds equal ends equal, whatever their order', async () => {
    const versions = [of('a'), of('b'), of('c', { day: '2026-01-02' })];
    const result = await compareStream(endOf(versions), endOf([...versions].reverse()));
    const equal = { equal: true, offered: 3, held: 3, cells: 2, differing: [], resolved: [] };
    expect(result).to.deep.equal(equal);
  });

  it('lists missing, surplus and different versions of the cells that differ', async () => {
    const offered = [of('a'), of('b'), of('c'), of('d'), of('x', { day: '2026-01-02' })];
    const held = [of('a'), of('b', { hash: 'other' }), of('d'), of('e'), of('x', { day: '2026-01-02' })];
    const { equal, differing } = await compareStream(endOf(offered), endOf(held));
    expect(equal).to.equal(false);
    expect(differing).to.have.length(1);
    expect(differing[0]).to.deep.equal({
      ...cell,
      day: '2026-01-01',
      offered: 4,
      held: 4,
      missing: [{ key: { type: 'Patient', id: 'c' }, versionId: 1 }],
      surplus: [{ key: { type: 'Patient', id: 'e' }, versionId: 1 }],
      different: [{ key: { type: 'Patient', id: 'b' }, versionId: 1 }],
    });
  });

  it('takes what is a resolved fork at either end for equal, and names it', async () => {
    const offered = [of('a'), of('b', { hash: 'mine' }), of('c')];
    const held = [of('a'), of('b', { hash: 'theirs' }), of('d')];
    const fork = (id: string, hash: string, reason: string): KeptApart => ({
      ...named(of(id)),
      hash,
      reason,
    });
    const all = [fork('b', 'theirs', 'resolved by version 2'), fork('c', 'h', 'resolved by version 2')];
    const compare = (...rows: KeptApart[]): ReturnType<typeof compareStream> =>
      compareStream(endOf(offered), endOf(held), () => Promise.resolve(resolvedForks(rows)));
    const some = await compare(
      ...all,
      fork('d', 'h', 'later than a fork'),
      fork('d', 'x', 'resolved by version 3'),
    );
    expect(some.equal).to.equal(false);
    expect(
      some.differing.map(({ missing, surplus, different }) => [missing, surplus, different]),
    ).to.deep.equal([[[], [{ key: { type: 'Patient', id: 'd' }, versionId: 1 }], []]]);
    const whole = await compare(...all, fork('d', 'h', 'resolved by version 3'));
    expect(whole).to.deep.include({ equal: true, differing: [] });
    expect(whole.resolved.map(({ key }) => key.id)).to.deep.equal(['b', 'c', 'd']);
  });

  it('sees a cell that one end lacks', async () => {
    const { differing } = await compareStream(endOf([of('a')]), endOf([]));
    expect(differing[0]).to.include({ offered: 1, held: 0 });
  });

  it('lists exactly the difference of two sets', async () => {
    const versions = fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...'abcdefgh'), versionId: fc.integer({ min: 1, max: 3 }) }),
      { selector: ({ id, versionId }) => `${id}${String(versionId)}`, maxLength: 20 },
    );
    await fc.assert(
      fc.asyncProperty(versions, versions, async (left, right) => {
        const name = ({ id, versionId }: { id: string; versionId: number }): string =>
          `${id}/${String(versionId)}`;
        const day = (id: string): string => (id < 'e' ? '2026-01-01' : '2026-01-02');
        const held = (list: typeof left): Held[] =>
          list.map((entry) => of(entry.id, { ...entry, day: day(entry.id) }));
        const { differing } = await compareStream(endOf(held(left)), endOf(held(right)));
        const listed = (kind: 'missing' | 'surplus'): string[] =>
          differing
            .flatMap((row) => row[kind].map(({ key, versionId }) => `${key.id}/${String(versionId)}`))
            .sort();
        const [leftNames, rightNames] = [left.map(name), right.map(name)];
        expect(listed('missing')).to.deep.equal(
          leftNames.filter((entry) => !rightNames.includes(entry)).sort(),
        );
        expect(listed('surplus')).to.deep.equal(
          rightNames.filter((entry) => !leftNames.includes(entry)).sort(),
        );
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
