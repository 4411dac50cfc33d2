import { expect } from 'chai';

import { lastCommonSequence, locatePosition } from '../../src/jobs/locate-position.js';
import type { Position, StoreStatus } from '../../src/ports/store.js';

const hashOf = (sequence: number): string => sequence.toString(16).padStart(64, '0');

function storeWith(lastSequence: number, status: Partial<StoreStatus> = {}) {
  const full: StoreStatus = {
    schema: 1,
    incarnation: 'new',
    lineage: [],
    state: 'normal',
    lastSequence,
    ...status,
  };
  return {
    status: () => Promise.resolve(full),
    positionAt: (sequence: number) =>
      Promise.resolve(sequence <= lastSequence ? at(sequence, full.incarnation) : undefined),
  };
}

const at = (sequence: number, incarnation = 'new'): Position => ({
  incarnation,
  sequence,
  hash: sequence === 0 ? '' : hashOf(sequence),
});

const none: ReadonlySet<string> = new Set();

describe('locatePosition', () => {
  it('begins at the start for a follower without a position', async () => {
    expect(await locatePosition(storeWith(5), undefined, none)).to.deep.equal({ after: 0 });
  });

  it('goes on after a position of this log', async () => {
    expect(await locatePosition(storeWith(5), at(3), none)).to.deep.equal({ after: 3 });
    expect(await locatePosition(storeWith(5), at(0), none)).to.deep.equal({ after: 0 });
  });

  it('finds the store restored when the log ends before the position', async () => {
    expect(await locatePosition(storeWith(5), at(6), none)).to.equal('restored');
  });

  it('finds the store restored when the hash at the position differs', async () => {
    expect(await locatePosition(storeWith(5), { ...at(3), hash: hashOf(99) }, none)).to.equal('restored');
  });

  it('resumes a position of an older incarnation at the last common sequence, or before it', async () => {
    const store = storeWith(50, { lineage: [{ incarnation: 'old', lastSequence: 20 }] });
    expect(await locatePosition(store, at(30, 'old'), none)).to.deep.equal({ after: 20 });
    expect(await locatePosition(store, at(10, 'old'), none)).to.deep.equal({ after: 10 });
  });

  it('finds the store restored when the incarnation is unknown, and begins anew once that is noted', async () => {
    expect(await locatePosition(storeWith(5), at(3, 'lost'), none)).to.equal('restored');
    expect(await locatePosition(storeWith(5), at(3, 'lost'), new Set(['lost']))).to.deep.equal({ after: 0 });
  });
});

describe('lastCommonSequence', () => {
  it('takes the last confirmed position that this log still has', async () => {
    const confirmed = [
      undefined,
      at(2, 'old'),
      { ...at(4, 'old'), hash: hashOf(99) },
      at(9, 'old'),
      at(3, 'old'),
    ];
    expect(await lastCommonSequence(storeWith(5), confirmed)).to.equal(3);
  });

  it('is 0 when nothing was confirmed', async () => {
    expect(await lastCommonSequence(storeWith(5), [undefined])).to.equal(0);
  });
});
