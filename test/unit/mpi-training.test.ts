import { expect } from 'chai';

import { createRandom } from '../../scripts/region/random.js';
import { type ComparedPairs } from '../../src/domain/mpi/compared-pairs.js';
import { expectationMaximisation } from '../../src/domain/mpi/expectation-maximisation.js';
import { sharesOf, type Probabilities } from '../../src/domain/mpi/probabilities.js';

const fields = 6;
const m = [1, 0.05, 0.15, 0.8];
const u = [1, 0.9, 0.08, 0.02];
const r = [1, 0.1, 0.1, 0.8];

const repeated = (shares: readonly number[], times = fields): Probabilities =>
  Array.from({ length: times }, () => shares);

/** Pairs drawn by known probabilities, `size` of each class. */
function drawPairs(classes: readonly { size: number; levels: Probabilities }[]): ComparedPairs {
  const random = createRandom('em');
  const rows = classes.flatMap(({ size, levels }) =>
    Array.from({ length: size }, () =>
      levels.map((shares) =>
        random.weighted(shares.slice(1).map((share, place) => [place + 1, share] as const)),
      ),
    ),
  );
  const levels = Uint8Array.from(rows.flat());
  return { width: fields, size: rows.length, levels, logChances: new Float32Array(levels.length).fill(1) };
}

const guess = repeated(sharesOf([0, 10, 10, 80]));

describe('expectation-maximisation', () => {
  it('finds the m-probabilities and the prior that pairs were drawn by', () => {
    const pairs = drawPairs([
      { size: 4_000, levels: repeated(m) },
      { size: 36_000, levels: repeated(u) },
    ]);
    const { same } = expectationMaximisation(pairs, {
      same: { prior: 0.02, levels: guess },
      u: repeated(u),
      possiblePairs: 40_000,
    });
    expect(same.prior).to.be.closeTo(0.1, 0.005);
    for (const shares of same.levels) {
      shares.forEach((share, level) => expect(share).to.be.closeTo(m[level] ?? 0, 0.03));
    }
  });

  it('tells relatives, who agree on some fields only, from one person', () => {
    const relatives = [...repeated(r, 3), ...repeated(u, 3)];
    const pairs = drawPairs([
      { size: 2_000, levels: repeated(m) },
      { size: 4_000, levels: relatives },
      { size: 34_000, levels: repeated(u) },
    ]);
    const found = expectationMaximisation(pairs, {
      same: { prior: 0.02, levels: guess },
      relatives: {
        prior: 0.02,
        levels: [...repeated(sharesOf([0, 20, 20, 60]), 3), ...repeated(sharesOf([0, 90, 5, 5]), 3)],
      },
      u: repeated(u),
      possiblePairs: 40_000,
    });
    expect(found.same.prior).to.be.closeTo(0.05, 0.005);
    expect(found.relatives?.prior).to.be.closeTo(0.1, 0.01);
    expect(found.same.levels[5]?.[3]).to.be.closeTo(0.8, 0.04);
    expect(found.relatives?.levels[5]?.[3]).to.be.below(0.1);
  });
});
