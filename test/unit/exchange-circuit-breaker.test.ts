import { expect } from 'chai';

import { createCircuitBreaker, type CircuitBreaker } from '../../src/jobs/circuit-breaker.js';
import type { PeerFailure } from '../../src/ports/peer.js';

const failure: PeerFailure = { kind: 'unreachable', reason: 'no connection' };
const never = new AbortController().signal;

async function waited(breaker: CircuitBreaker, signal = never): Promise<number> {
  const startMs = performance.now();
  await breaker.enter(signal);
  return performance.now() - startMs;
}

describe('circuit breaker', () => {
  const make = (maxMs = 1000): CircuitBreaker => createCircuitBreaker({ baseMs: 20, maxMs, random: () => 0 });

  it('lets pass while nothing has failed', async () => {
    const breaker = make();
    expect(breaker.open).to.equal(false);
    expect(await waited(breaker)).to.be.below(10);
  });

  it('holds everybody back after a failure, twice as long after the next', async () => {
    const breaker = make();
    breaker.failed(failure);
    expect(breaker.open).to.equal(true);
    expect(breaker.lastFailure).to.equal(failure);
    expect(await waited(breaker)).to.be.at.least(9);
    breaker.failed(failure);
    expect(await waited(breaker)).to.be.at.least(19);
  });

  it('takes failures of lanes that fail together as one step', async () => {
    const breaker = make();
    for (let lane = 0; lane < 10; lane += 1) breaker.failed(failure);
    await breaker.enter(never);
    breaker.failed(failure);
    expect(await waited(breaker)).to.be.below(500);
  });

  it('waits as long as the peer asks, up to its own limit', async () => {
    const breaker = make(60);
    breaker.failed({ kind: 'failed', reason: 'the peer answered 503', retryAfterMs: 3_600_000 });
    expect(await waited(breaker)).to.be.within(55, 5000);
  });

  it('opens at once with a success', async () => {
    const breaker = make(60_000);
    breaker.failed({ ...failure, retryAfterMs: 60_000 });
    breaker.succeeded();
    expect(breaker.lastFailure).to.equal(undefined);
    expect(await waited(breaker)).to.be.below(1000);
  });

  it('ends the waiting when stopped', async () => {
    const breaker = make(60_000);
    breaker.failed({ ...failure, retryAfterMs: 60_000 });
    const stopping = new AbortController();
    const waiting = waited(breaker, stopping.signal);
    stopping.abort();
    expect(await waiting).to.be.below(5000);
  });
});
