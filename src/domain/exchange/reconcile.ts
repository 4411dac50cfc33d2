import type { VersionName } from '../../fhir/key.js';
import type { Ids } from '../../ports/ids.js';
import type { Peer, PeerAnswer, PeerFailure, StreamView } from '../../ports/peer.js';
import type { Store } from '../../ports/store.js';
import { compareStream, type StreamComparison, type StreamEnd } from './compare-stream.js';
import type { Offer } from './policy.js';
import type { Receiver } from './receive-batch.js';
import { forksHere, resolvedForks, type ResolvedForks } from './resolved-forks.js';
import { settleExceptions } from './settle-exceptions.js';
import { streamFrom, streamTo } from './stream-names.js';
import { heldView, offeredView, type StreamViews } from './stream-views.js';
import { fetchOwn, fetchVersions, sendVersions, type TransferResult } from './version-transfer.js';

export interface ReconcileDeps {
  readonly store: Store;
  readonly nodeId: string;
  readonly offers: readonly Offer[];
  readonly peers: ReadonlyMap<string, Peer>;
  readonly receiver: Receiver;
  readonly ids: Ids;
  readonly batchBytes: number;
}

export interface ReconcileRequest {
  /** One peer's node id; absent: all. */
  readonly peer?: string;
  /**
   * Sends again exactly what is missing or different, in both directions, fetches back what this node has lost of its
   * own, compares once more, and clears the exceptions of what is no longer missing.
   */
  readonly repair: boolean;
}

export interface ReconcileReport {
  /** Both ends of every stream compared hold the same. */
  readonly equal: boolean;
  readonly streams: readonly StreamReport[];
}

export interface StreamReport {
  /** Node ids. */
  readonly from: string;
  readonly to: string;
  /** Absent where the peer did not answer. */
  readonly comparison?: StreamComparison;
  readonly failure?: string;
  /** Versions sent again and taken. */
  readonly repaired: number;
}

/** Compares what each stream offers with what its receiver holds, in both directions. */
export async function reconcile(deps: ReconcileDeps, request: ReconcileRequest): Promise<ReconcileReport> {
  const streams: StreamReport[] = [];
  for (const offer of deps.offers) {
    const peer = deps.peers.get(offer.neighbour.id);
    if (!peer || (request.peer !== undefined && request.peer !== peer.id)) continue;
    streams.push(await reconcileStream(outgoing(deps, offer, peer), request.repair));
    streams.push(await reconcileStream(incoming(deps, offer, peer), request.repair));
  }
  return { equal: streams.every((stream) => stream.comparison?.equal ?? false), streams };
}

interface Stream {
  readonly from: string;
  readonly to: string;
  readonly sender: StreamEnd;
  readonly receiver: StreamEnd;
  readonly forks: () => Promise<ResolvedForks>;
  readonly resend: (comparison: StreamComparison) => Promise<TransferResult>;
  /** Clears here what stood against versions that are no longer missing. */
  readonly settle: (comparison: StreamComparison) => Promise<void>;
}

function outgoing(deps: ReconcileDeps, offer: Offer, peer: Peer): Stream {
  const { store, nodeId, batchBytes } = deps;
  const view: StreamViews = offeredView(store, offer);
  const forks = forksOf(store, peer);
  return {
    from: nodeId,
    to: peer.id,
    sender: view,
    receiver: remoteEnd(peer, 'held'),
    forks,
    async resend(comparison) {
      const sent = await sendVersions(peer, { view, versions: lacking(comparison), batchBytes });
      if (sent.failure) return sent;
      const returned = await fetchOwn({ ...deps, peer }, await lostHere(deps, comparison));
      return { ...returned, moved: sent.moved + returned.moved };
    },
    settle: (comparison) => settleExceptions(store, { stream: streamTo(peer.id), comparison, forks }),
  };
}

function incoming(deps: ReconcileDeps, offer: Offer, peer: Peer): Stream {
  const { store } = deps;
  const forks = forksOf(store, peer);
  return {
    from: peer.id,
    to: deps.nodeId,
    sender: remoteEnd(peer, 'offered'),
    receiver: heldView(store, offer.neighbour),
    forks,
    resend: (comparison) =>
      fetchVersions(peer, { view: 'offered', versions: lacking(comparison) }, async (lane, { text }) => {
        const requestId = deps.ids.uuid();
        await deps.receiver.receive(peer.id, { lane, text, complete: false, requestId });
      }),
    settle: (comparison) => settleExceptions(store, { stream: streamFrom(peer.id), comparison, forks }),
  };
}

const forksOf = (store: Store, peer: Peer) => async (): Promise<ResolvedForks> =>
  resolvedForks([...(await forksHere(store, peer.id)), ...answered(await peer.forks())]);

const lacking = (comparison: StreamComparison): readonly VersionName[] =>
  comparison.differing.flatMap((cell) => [...cell.missing, ...cell.different]);

/** Own versions that the peer holds and this node has lost, with those in whose place it has others. */
async function lostHere(
  { store, nodeId }: ReconcileDeps,
  { differing }: StreamComparison,
): Promise<readonly VersionName[]> {
  const own = differing.filter((cell) => cell.owner === nodeId);
  const lost: VersionName[] = [];
  // Held and surplus all the same: policy keeps it here by now.
  for (const version of own.flatMap(({ surplus }) => surplus)) {
    if (!(await store.readVersion(version.key, version.versionId))) lost.push(version);
  }
  return lost.length === 0 ? [] : [...lost, ...own.flatMap(({ different }) => different)];
}

async function reconcileStream(stream: Stream, repair: boolean): Promise<StreamReport> {
  const { from, to } = stream;
  const compare = (): Promise<StreamComparison> =>
    compareStream(stream.sender, stream.receiver, stream.forks);
  try {
    let comparison = await compare();
    let transfer: TransferResult = { moved: 0 };
    if (repair && !comparison.equal) {
      transfer = await stream.resend(comparison);
      comparison = await compare();
    }
    if (repair) await stream.settle(comparison);
    const { moved, failure } = transfer;
    return { from, to, comparison, repaired: moved, ...(failure ? { failure: failure.reason } : {}) };
  } catch (error) {
    if (error instanceof PeerUnanswered) return { from, to, failure: error.failure.reason, repaired: 0 };
    throw error;
  }
}

/** Carries a failure through the comparison, which asks both ends alike. */
class PeerUnanswered extends Error {
  readonly failure: PeerFailure;

  constructor(failure: PeerFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

function answered<T>(answer: PeerAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw new PeerUnanswered(answer.failure);
}

const remoteEnd = (peer: Peer, view: StreamView): StreamEnd => ({
  digests: async () => answered(await peer.digests(view)),
  versions: async (request) => answered(await peer.versions({ view, ...request })),
});
