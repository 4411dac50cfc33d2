import { setMaxListeners } from 'node:events';

import type { Logger } from '../ports/logger.js';
import type { Lease, Store } from '../ports/store.js';
import { pause } from './bell.js';

export interface LeaseTimes {
  /** The holder renews so often. */
  readonly renewMs: number;
  /** A lease that was seen unchanged for so long is taken over; several times `renewMs`. */
  readonly lapseMs: number;
  /** Who doesn't hold it looks so often. */
  readonly lookMs: number;
}

export interface LeaseDeps {
  readonly store: Pick<Store, 'lease' | 'commit'>;
  readonly logger: Logger;
  readonly name: string;
  /** This process, by a name that no other has. */
  readonly holder: string;
  readonly times?: Partial<LeaseTimes>;
}

/** Work that one process on a store does at a time. */
export interface KeptLease {
  /** Resolves when the first look was made: the work runs, or another process does it. */
  start(): Promise<void>;
  held(): boolean;
  /** Ends the work and gives the lease back. */
  stop(): Promise<void>;
}

const defaultTimes: LeaseTimes = { renewMs: 5_000, lapseMs: 15_000, lookMs: 1_000 };

/**
 * Runs `work` while this process has the lease; its signal ends it. Who has slept through its lease, or can't reach the
 * store, learns of its loss only later: what the work does must rest on the store's expectations, not on the lease alone.
 * Each process measures by its own steady clock for how long a lease has stood still; clocks are never compared.
 */
export function keepLease(deps: LeaseDeps, work: (signal: AbortSignal) => Promise<void>): KeptLease {
  const times = { ...defaultTimes, ...deps.times };
  const stopping = new AbortController();
  const take = createTaking(deps, times);
  let held = false;
  let running: Promise<void> = Promise.resolve();

  async function run(looked: () => void): Promise<void> {
    while (!stopping.signal.aborted) {
      const lease = await take();
      looked();
      if (lease && stopping.signal.aborted) await giveBack(deps);
      else if (lease) await runWork(lease);
      if (!stopping.signal.aborted) await pause(times.lookMs, stopping.signal);
    }
  }

  async function runWork(lease: Lease): Promise<void> {
    const ending = new AbortController();
    // Every wait of the work listens to it.
    setMaxListeners(0, ending.signal);
    const end = (): void => ending.abort();
    stopping.signal.addEventListener('abort', end);
    held = true;
    deps.logger.info({ lease: deps.name }, 'this process runs the jobs');
    const working = work(ending.signal)
      .catch((error: unknown) => {
        const name = error instanceof Error ? error.name : 'unknown';
        deps.logger.error({ lease: deps.name, error: name }, 'the jobs were interrupted and start again');
      })
      .finally(end);
    const lost = await renew(deps, { lease, renewMs: times.renewMs, signal: ending.signal });
    end();
    await working;
    stopping.signal.removeEventListener('abort', end);
    held = false;
    if (lost) deps.logger.warn({ lease: deps.name }, 'another process has taken over the jobs');
    else await giveBack(deps);
  }

  return {
    start: () =>
      new Promise((looked) => {
        running = run(looked);
      }),
    held: () => held,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Takes the lease where it is free, given back, or has stood still too long. */
function createTaking(deps: LeaseDeps, { lapseMs }: LeaseTimes): () => Promise<Lease | undefined> {
  const { store, name, holder } = deps;
  let seen: Lease | undefined;
  let sinceMs = performance.now();
  return async () => {
    try {
      const current = await store.lease(name);
      if (current?.renewals !== seen?.renewals) sinceMs = performance.now();
      seen = current;
      const free = !current || current.holder === '' || current.holder === holder;
      if (!free && performance.now() - sinceMs < lapseMs) return undefined;
      return await change(deps, holder, current);
    } catch {
      deps.logger.warn({ lease: name }, 'the store can’t be asked who runs the jobs');
      return undefined;
    }
  };
}

/** The lease as it stands afterwards; undefined where somebody came before. */
async function change(
  { store, name }: LeaseDeps,
  holder: string,
  seen: Lease | undefined,
): Promise<Lease | undefined> {
  const { ok } = await store.commit({ changes: [{ kind: 'lease', name, holder, seen }], guards: [] });
  return ok ? { holder, renewals: (seen?.renewals ?? 0) + 1 } : undefined;
}

interface Renewing {
  readonly lease: Lease;
  readonly renewMs: number;
  readonly signal: AbortSignal;
}

/** Until the signal comes: false. True when another process has taken the lease. */
async function renew(deps: LeaseDeps, { lease, renewMs, signal }: Renewing): Promise<boolean> {
  const ended = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined));
  });
  for (let current = lease; ;) {
    await pause(renewMs, signal);
    // A renewal now would race with giving it back, and let it lapse instead.
    if (signal.aborted) return false;
    const next = await Promise.race([ended, renewOnce(deps, current)]);
    if (signal.aborted || next === undefined) return false;
    if (next.holder !== deps.holder) return true;
    current = next;
  }
}

/** The lease as it stands then; the same as before where the store can't be asked. */
async function renewOnce(deps: LeaseDeps, current: Lease): Promise<Lease> {
  try {
    // The answer to an earlier renewal may have been lost.
    return (await change(deps, deps.holder, current)) ?? (await deps.store.lease(deps.name)) ?? gone;
  } catch {
    deps.logger.warn({ lease: deps.name }, 'the lease of the jobs could not be renewed');
    return current;
  }
}

const gone: Lease = { holder: '', renewals: 0 };

/** A store that can't be reached must not keep the process from ending. */
const giveBackMs = 3_000;

/** Where that fails the lease lapses. */
async function giveBack(deps: LeaseDeps): Promise<void> {
  const giving = async (): Promise<boolean> => {
    const current = await deps.store.lease(deps.name);
    if (current?.holder !== deps.holder) return true;
    return (await change(deps, '', current)) !== undefined;
  };
  const late = new AbortController();
  const given = await Promise.race([
    giving().catch(() => false),
    pause(giveBackMs, late.signal).then(() => false),
  ]);
  late.abort();
  if (!given)
    deps.logger.warn({ lease: deps.name }, 'the lease of the jobs lapses: it could not be given back');
}
