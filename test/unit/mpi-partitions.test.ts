import { expect } from 'chai';
import fc from 'fast-check';

import { comparePartitions, type LinkedPair } from '../../src/domain/mpi/index.js';

const partition = (...groups: readonly string[]): Map<string, string> =>
  new Map(groups.flatMap((records, group) => [...records].map((record) => [record, `p${String(group)}`])));

const spelled = (pairs: readonly LinkedPair[]): string[] => pairs.map(({ first, second }) => first + second);

describe('a changed partition', () => {
  it('tells the links that are made and those that are broken', () => {
    const { made, broken } = comparePartitions(partition('ab', 'cd', 'e'), partition('abc', 'd', 'e'));
    expect({ count: made.count, pairs: spelled(made.pairs) }).to.deep.equal({
      count: 2,
      pairs: ['ac', 'bc'],
    });
    expect({ count: broken.count, pairs: spelled(broken.pairs) }).to.deep.equal({ count: 1, pairs: ['cd'] });
  });

  it('is none where the same records are together, whatever their persons are called', () => {
    const { made, broken } = comparePartitions(partition('ab', 'c'), partition('c', 'ab'));
    expect([made.count, broken.count]).to.deep.equal([0, 0]);
  });

  it('takes a record that only one side knows for one that was alone', () => {
    const { made, broken } = comparePartitions(partition('ab'), partition('bc'));
    expect([spelled(made.pairs), spelled(broken.pairs)]).to.deep.equal([['bc'], ['ab']]);
  });

  it('counts all pairs of a large group and lists a hundred', () => {
    const alone = new Map(Array.from({ length: 20_000 }, (_, place) => [String(place), String(place)]));
    const together = new Map([...alone.keys()].map((record) => [record, 'one']));
    const { made, broken } = comparePartitions(alone, together);
    expect(made.count).to.equal((20_000 * 19_999) / 2);
    expect(made.pairs).to.have.lengthOf(100);
    expect(broken).to.deep.equal({ count: 0, pairs: [] });
  });

  it('counts what comparing every pair would', () => {
    const labels = fc.array(fc.option(fc.nat(4), { nil: undefined }), { maxLength: 12 });
    const peopleOf = (row: readonly (number | undefined)[]): Map<string, string> =>
      new Map(
        row.flatMap((label, place) => (label === undefined ? [] : [[`r${String(place)}`, String(label)]])),
      );
    fc.assert(
      fc.property(labels, labels, (one, other) => {
        const [before, after] = [peopleOf(one), peopleOf(other)];
        const { made, broken } = comparePartitions(before, after);
        const found = { made: 0, broken: 0 };
        for (let first = 0; first < 12; first++) {
          for (let second = first + 1; second < 12; second++) {
            const are = ({ get }: { get: (record: string) => string | undefined }): boolean => {
              const person = get(`r${String(first)}`);
              return person !== undefined && person === get(`r${String(second)}`);
            };
            const was = are({ get: (record) => before.get(record) });
            const is = are({ get: (record) => after.get(record) });
            if (is && !was) found.made++;
            if (was && !is) found.broken++;
          }
        }
        expect({ made: made.count, broken: broken.count }).to.deep.equal(found);
        expect([made.pairs.length, broken.pairs.length]).to.deep.equal([found.made, found.broken]);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
});
