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

  async function run(first: Lease | undefined): Promise<void> {
    let lease = first;
    while (!stopping.signal.aborted) {
      if (lease) await runWork(lease);
      else await pause(times.lookMs, stopping.signal);
      if (!stopping.signal.aborted) lease = await take();
    }
  }

  async function runWork(lease: Lease): Promise<void> {
    const ending = new AbortController();
    held = true;
    deps.logger.info({ lease: deps.name }, 'this process runs the jobs');
    const working = work(ending.signal);
    const last = await renew(deps, { lease, renewMs: times.renewMs, signal: stopping.signal });
    ending.abort();
    await working;
    held = false;
    if (last) await giveBack(deps, last);
    else deps.logger.warn({ lease: deps.name }, 'another process has taken over the jobs');
  }

  return {
    async start() {
      running = run(await take());
    },
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

/** Until the signal comes: then the lease as it stands. Undefined when another process has taken it. */
async function renew(deps: LeaseDeps, { lease, renewMs, signal }: Renewing): Promise<Lease | undefined> {
  let current = lease;
  for (;;) {
    await pause(renewMs, signal);
    if (signal.aborted) return current;
    try {
      const next = (await change(deps, deps.holder, current)) ?? (await deps.store.lease(deps.name));
      // The answer to an earlier renewal may have been lost.
      if (next?.holder !== deps.holder) return undefined;
      current = next;
    } catch {
      deps.logger.warn({ lease: deps.name }, 'the lease of the jobs could not be renewed');
    }
  }
}

async function giveBack(deps: LeaseDeps, lease: Lease): Promise<void> {
  await change(deps, '', lease).catch(() => {
    deps.logger.warn({ lease: deps.name }, 'the lease of the jobs lapses: it could not be given back');
  });
}
