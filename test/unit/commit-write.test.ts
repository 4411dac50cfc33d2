import { expect } from 'chai';

import { commitWrite, type WritePlan } from '../../src/domain/records/commit-write.js';
import type { RecordDeps, WriteContext } from '../../src/domain/records/record-deps.js';
import { createOpenAuthenticator } from '../../src/auth/authenticator.js';
import { FhirError } from '../../src/fhir/fhir-error.js';
import type { CommitResult, OnceRecord } from '../../src/ports/store.js';

const lost: CommitResult = { ok: false, failed: { reason: 'guard', guard: 0 } };
const won: CommitResult = { ok: true, outcomes: [], lastSequence: 1 };
const plan: WritePlan<string> = {
  changes: [{ kind: 'recovered' }],
  guards: [],
  outcomes: [{ key: { type: 'Patient', id: 'a' }, versionId: 1, status: 201 }],
  answer: 'planned',
};
const context: WriteContext = {
  principal: createOpenAuthenticator('county-a').authenticate(undefined),
  requestId: 'r1',
  base: 'http://county-a.test/fhir',
  handling: 'strict',
};
const named: WriteContext = { ...context, once: { requestId: 'r1', digest: 'd1' } };

/** A store that gives the results in turn, the last for ever. */
function depsOf(results: readonly CommitResult[], kept?: OnceRecord) {
  let commits = 0;
  const store = {
    commit: () => Promise.resolve(results[Math.min(commits++, results.length - 1)]),
    outcomeOf: () => Promise.resolve(kept),
  };
  const deps = { store, clock: { now: () => 0 } } as unknown as RecordDeps;
  return { deps, commits: () => commits };
}

async function refusalOf(run: Promise<unknown>): Promise<FhirError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof FhirError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('commitWrite', () => {
  const steps = { plan: () => Promise.resolve(plan), replay: () => Promise.resolve('replayed') };
  const record: OnceRecord = {
    principal: 'anonymous',
    requestId: 'r1',
    digest: 'd1',
    at: '',
    outcomes: plan.outcomes,
  };

  it('plans again after a lost race', async () => {
    const { deps, commits } = depsOf([lost, lost, won]);
    expect(await commitWrite(deps, context, steps)).to.equal('planned');
    expect(commits()).to.equal(3);
  });

  it('gives up with conflict after a bounded number of lost races', async () => {
    const { deps, commits } = depsOf([lost]);
    expect((await refusalOf(commitWrite(deps, context, steps))).category).to.equal('conflict');
    expect(commits()).to.be.within(2, 20);
  });

  it('commits nothing for a plan without changes, unless the request must be remembered', async () => {
    const unchanged = { ...steps, plan: () => Promise.resolve({ ...plan, changes: [] }) };
    const nameless = depsOf([won]);
    expect(await commitWrite(nameless.deps, context, unchanged)).to.equal('planned');
    expect(nameless.commits()).to.equal(0);
    const remembered = depsOf([won]);
    expect(await commitWrite(remembered.deps, named, unchanged)).to.equal('planned');
    expect(remembered.commits()).to.equal(1);
  });

  it('replays a request that was carried out, before it plans', async () => {
    const { deps, commits } = depsOf([won], record);
    expect(await commitWrite(deps, named, steps)).to.equal('replayed');
    expect(commits()).to.equal(0);
  });

  it('replays a request whose twin committed first', async () => {
    const { deps } = depsOf([{ ok: false, failed: { reason: 'once', record } }]);
    expect(await commitWrite(deps, named, steps)).to.equal('replayed');
  });

  it('refuses an id that stands for another request', async () => {
    const other = { ...record, digest: 'd2' };
    const before = await refusalOf(commitWrite(depsOf([won], other).deps, named, steps));
    const inCommit = depsOf([{ ok: false, failed: { reason: 'once', record: other } }]);
    const after = await refusalOf(commitWrite(inCommit.deps, named, steps));
    expect([before.category, after.category]).to.deep.equal(['business-rule', 'business-rule']);
  });

  it('is busy while the store is restored', async () => {
    const { deps } = depsOf([{ ok: false, failed: { reason: 'restored' } }]);
    const refusal = await refusalOf(commitWrite(deps, context, steps));
    expect(refusal.category).to.equal('busy');
    expect(refusal.retryAfterSeconds).to.be.greaterThan(0);
  });
});
