import type { PeerFailure } from '../ports/peer.js';
import { pause } from './bell.js';

export interface BackOff {
  /** Delay after the first failure; it doubles with each further one. */
  readonly baseMs: number;
  readonly maxMs: number;
  /** In [0, 1); spreads the delays between half and whole. */
  readonly random: () => number;
}

/** One a peer: after a failure nobody asks it until the delay is over, and its success opens the way for all. */
export interface CircuitBreaker {
  /** Resolves when the peer may be asked, or the signal stops the waiting. */
  enter(signal: AbortSignal): Promise<void>;
  succeeded(): void;
  failed(failure: PeerFailure): void;
  readonly open: boolean;
  /** Of the last failure, until a success. */
  readonly lastFailure: PeerFailure | undefined;
}

export function createCircuitBreaker(backOff: BackOff): CircuitBreaker {
  let failures = 0;
  let lastFailure: PeerFailure | undefined;
  let openUntil = 0;

  return {
    async enter(signal) {
      while (!signal.aborted) {
        const waitMs = openUntil - performance.now();
        if (waitMs <= 0) return;
        await pause(waitMs, signal);
      }
    },
    succeeded() {
      failures = 0;
      lastFailure = undefined;
      openUntil = 0;
    },
    failed(failure) {
      lastFailure = failure;
      // Several lanes fail together: one outage is one step.
      if (openUntil > performance.now()) return;
      const delayMs = Math.min(backOff.maxMs, backOff.baseMs * 2 ** Math.min(failures, 30));
      failures += 1;
      const spreadMs = delayMs * (0.5 + backOff.random() / 2);
      openUntil = performance.now() + Math.min(Math.max(spreadMs, failure.retryAfterMs ?? 0), backOff.maxMs);
    },
    get open() {
      return openUntil > performance.now();
    },
    get lastFailure() {
      return lastFailure;
    },
  };
}
