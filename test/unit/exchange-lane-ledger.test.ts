import { expect } from 'chai';

import { createLaneLedger, type HandedOver, type LaneLedger } from '../../src/jobs/lane-ledger.js';
import type { Change, CommitResult, CountRow, Position } from '../../src/ports/store.js';

const at = (sequence: number): Position => ({ incarnation: 'inc', sequence, hash: `h${String(sequence)}` });
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A batch of Observations with the given sequences. */
const batchOf = (...sequences: number[]): HandedOver => ({
  to: at(Math.max(...sequences)),
  entries: sequences.map((sequence) => ({
    key: { type: 'Observation', id: `o${String(sequence)}` },
    versionId: 1,
    sequence,
    source: 'hospital',
    bytes: 10,
  })),
});

describe('lane ledger', () => {
  let ledger: LaneLedger;
  let changes: Change[];
  let cursors: Map<string, Position>;

  beforeEach(async () => {
    changes = [];
    cursors = new Map();
    ledger = createLaneLedger({
      store: {
        cursor: (name) => Promise.resolve(cursors.get(name)),
        commit(unit): Promise<CommitResult> {
          changes.push(...unit.changes);
          for (const change of unit.changes) {
            if (change.kind === 'move-cursor') cursors.set(change.name, change.to);
          }
          return Promise.resolve({ ok: true, outcomes: [], lastSequence: 0 });
        },
      },
      clock: { now: () => Date.parse('2026-03-01T17:00:00Z') },
      logger: silent,
      peer: 'city',
      lane: 'clinical',
    });
    await ledger.load();
  });

  const counted = (series: CountRow['series']): number =>
    changes.reduce(
      (sum, change) =>
        change.kind === 'count' && change.count.series === series ? sum + change.count.n : sum,
      0,
    );

  it('counts a confirmed batch as reported and acknowledged, on the day in Asia/Shanghai', async () => {
    ledger.acknowledged(batchOf(1, 2, 5), []);
    await ledger.settled();
    expect(changes.filter(({ kind }) => kind === 'count')).to.deep.equal(
      (['reported', 'acknowledged'] as const).map((series) => ({
        kind: 'count',
        count: {
          series,
          day: '2026-03-02',
          type: 'Observation',
          source: 'hospital',
          peer: 'city',
          n: 3,
          bytes: 30,
        },
      })),
    );
    expect(ledger.acknowledgedPosition()).to.deep.equal(at(5));
  });

  it('counts nothing twice when a batch is offered again', async () => {
    ledger.reported(batchOf(1, 2));
    ledger.reported(batchOf(1, 2));
    await ledger.settled();
    ledger.acknowledged(batchOf(1, 2, 3), []);
    ledger.acknowledged(batchOf(2, 3), []);
    await ledger.settled();
    expect(counted('reported')).to.equal(3);
    expect(counted('acknowledged')).to.equal(3);
  });

  it('does not count what the peer refused as acknowledged, and keeps the reason', async () => {
    const key = { type: 'Observation', id: 'o2' };
    ledger.acknowledged(batchOf(1, 2), [{ key, versionId: 1, kind: 'refused', reason: 'why' }]);
    await ledger.settled();
    expect(counted('reported')).to.equal(2);
    expect(counted('acknowledged')).to.equal(1);
    expect(changes.find(({ kind }) => kind === 'exception')).to.deep.equal({
      kind: 'exception',
      exception: { stream: 'to:city', key, versionId: 1, kind: 'refused', reason: 'why' },
    });
  });
});
