import { setTimeout as pause } from 'node:timers/promises';

import {
  compareStream,
  fetchOwn,
  heldView,
  type Receiver,
  type StreamEnd,
  type Topology,
} from '../domain/exchange/index.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Peer, PeerAnswer, PeerFailure } from '../ports/peer.js';
import type { DigestRow, Store, VersionList } from '../ports/store.js';
import type { CircuitBreaker } from './circuit-breaker.js';

export interface RecoveryDeps {
  readonly store: Store;
  readonly topology: Topology;
  readonly receiver: Receiver;
  readonly peers: readonly { readonly peer: Peer; readonly breaker: CircuitBreaker }[];
  readonly ids: Ids;
  readonly logger: Logger;
  /** A restored store takes writes again without asking the peers for what it lost. */
  readonly acceptLoss: boolean;
}

/** Brings a restored store back to where its peers have seen it. */
export interface Recovery {
  /** Notes that the store is another than the peers know: a new incarnation is drawn, clients' writes are refused. */
  restored(lastCommon: number, incarnation: string): Promise<void>;
  /** Pulls back in state `restored`, at start and after `restored`, until the signal stops it. */
  resume(signal: AbortSignal): void;
  acceptLoss(): Promise<void>;
  /** Incarnations of which nothing in common with this log is known. */
  readonly unrelated: ReadonlySet<string>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export function createRecovery(deps: RecoveryDeps): Recovery {
  const unrelated = new Set<string>();
  let noting: Promise<void> = Promise.resolve();
  let pulling: Promise<void> | undefined;
  let stop: AbortSignal | undefined;

  async function note(lastCommon: number, incarnation: string): Promise<void> {
    const status = await deps.store.status();
    const known = [status.incarnation, ...status.lineage.map((entry) => entry.incarnation)];
    if (!known.includes(incarnation)) {
      if (unrelated.has(incarnation)) return;
      unrelated.add(incarnation);
    } else if (incarnation !== status.incarnation) return;
    await deps.store.commit({ changes: [{ kind: 'restored', lastSequence: lastCommon }], guards: [] });
    deps.logger.warn({ lastCommon }, 'this store was restored: clients’ writes wait for what it lost');
    if (stop) resume(stop);
  }

  function resume(signal: AbortSignal): void {
    stop = signal;
    pulling ??= recoverPatiently(deps, signal).finally(() => {
      pulling = undefined;
    });
  }

  return {
    restored(lastCommon, incarnation) {
      noting = noting.then(() => note(lastCommon, incarnation));
      const noted = noting;
      noting = noting.catch(() => undefined);
      return noted;
    },
    resume,
    acceptLoss: () => finish(deps, 'the loss was accepted'),
    unrelated,
    async settled() {
      await noting;
      while (pulling) await pulling;
    },
  };
}

/** So long after a failure of this node's own, such as a busy store, the recovery is tried again. */
const retryMs = 5_000;

async function recoverPatiently(deps: RecoveryDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await recover(deps, signal);
      return;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error({ error: name, retryMs }, 'the recovery was interrupted and is tried again');
    }
    await pause(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function recover(deps: RecoveryDeps, signal: AbortSignal): Promise<void> {
  if ((await deps.store.status()).state !== 'restored') return;
  if (deps.acceptLoss) return finish(deps, 'the loss was accepted');
  let pulled = 0;
  for (const { peer, breaker } of deps.peers) {
    for (;;) {
      await breaker.enter(signal);
      if (signal.aborted) return;
      const result = await pullBack(deps, peer);
      if (typeof result === 'number') {
        pulled += result;
        break;
      }
      breaker.failed(result);
    }
  }
  await finish(deps, 'what the peers had has come back', pulled);
}

async function finish(deps: RecoveryDeps, message: string, pulled = 0): Promise<void> {
  if ((await deps.store.status()).state !== 'restored') return;
  await deps.store.commit({ changes: [{ kind: 'recovered' }], guards: [] });
  deps.logger.warn({ pulled }, message);
}

/** Fetches the versions of this node's own records that the peer holds and this store lacks. */
async function pullBack(deps: RecoveryDeps, peer: Peer): Promise<number | PeerFailure> {
  let failure: PeerFailure | undefined;
  const answered = <T>(answer: PeerAnswer<T>, otherwise: T): T => {
    if (answer.ok) return answer.value;
    failure = answer.failure;
    return otherwise;
  };
  const own = ({ owner }: { readonly owner?: string }): boolean => owner === deps.topology.nodeId;
  const theirs: StreamEnd = {
    digests: async () => answered<readonly DigestRow[]>(await peer.digests('held'), []).filter(own),
    versions: async (request) =>
      answered<VersionList>(await peer.versions({ view: 'held', ...request }), { versions: [] }),
  };
  const view = heldView(deps.store, { id: peer.id, role: 'child', below: new Set([deps.topology.nodeId]) });
  const comparison = await compareStream(theirs, view);
  if (failure) return failure;
  const versions = comparison.differing.flatMap((cell) => [...cell.missing, ...cell.different]);
  const transfer = await fetchOwn({ ...deps, peer }, versions);
  return transfer.failure ?? transfer.moved;
}
