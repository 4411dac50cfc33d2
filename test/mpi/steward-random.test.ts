import { expect } from 'chai';

import {
  changedByFollowingAgain,
  lostAt,
  misplacedAt,
  notKeptApartAt,
} from '../support/identity-invariants.js';
import { attemptMany } from '../support/random-identities.js';
import { startNode, type TestNode } from '../support/start-node.js';

const seed = 20_261_128;
const attempts = 150;

describe('whatever hospitals and stewards do', () => {
  let node: TestNode;
  before(async function () {
    this.timeout(300_000);
    node = await startNode({ mpi: 'self' });
    const done = await attemptMany(node, { seed, attempts });
    expect(done.filter(({ status }) => status >= 500 || status === 409)).to.deep.equal([]);
    const operations = done.filter(({ status }) => status < 300).map(({ operation }) => operation);
    const every = ['$decide', '$link', '$merge', '$unlink', '$unmerge', 'correct', 'delete', 'send', 'undo'];
    expect(operations).to.include.members(every);
  });
  after(() => node.close());

  it('leaves every Patient that says something in one Person, and no other in more', async () => {
    expect(await misplacedAt(node)).to.deep.equal([]);
  });

  it('lets every merged-away id lead to a Person', async () => {
    expect(await lostAt(node)).to.deep.equal([]);
  });

  it('keeps apart what the latest decision keeps apart', async () => {
    expect(await notKeptApartAt(node)).to.deep.equal([]);
  });

  it('changes nothing when the whole log is followed again', async () => {
    expect(await changedByFollowingAgain(node.store)).to.deep.equal([]);
  });
});
