import type { Ids } from '../../ports/ids.js';
import type { Peer, PeerAnswer, PeerFailure, StreamView } from '../../ports/peer.js';
import type { Store } from '../../ports/store.js';
import { compareStream, type StreamComparison, type StreamEnd } from './compare-stream.js';
import type { Offer } from './policy.js';
import type { Receiver } from './receive-batch.js';
import { heldView, offeredView, type StreamViews } from './stream-views.js';
import { fetchVersions, sendVersions, type TransferResult } from './version-transfer.js';

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
  /** Sends again exactly what is missing or different, in both directions, and compares once more. */
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
  readonly resend: (comparison: StreamComparison) => Promise<TransferResult>;
}

function outgoing(deps: ReconcileDeps, offer: Offer, peer: Peer): Stream {
  const view: StreamViews = offeredView(deps.store, offer);
  return {
    from: deps.nodeId,
    to: peer.id,
    sender: view,
    receiver: remoteEnd(peer, 'held'),
    resend: (comparison) =>
      sendVersions(peer, { view, versions: lacking(comparison), batchBytes: deps.batchBytes }),
  };
}

function incoming(deps: ReconcileDeps, offer: Offer, peer: Peer): Stream {
  return {
    from: peer.id,
    to: deps.nodeId,
    sender: remoteEnd(peer, 'offered'),
    receiver: heldView(deps.store, offer.neighbour),
    resend: (comparison) =>
      fetchVersions(peer, { view: 'offered', versions: lacking(comparison) }, async (lane, { text }) => {
        const requestId = deps.ids.uuid();
        await deps.receiver.receive(peer.id, { lane, text, complete: false, requestId });
      }),
  };
}

const lacking = (comparison: StreamComparison): StreamComparison['differing'][number]['missing'] =>
  comparison.differing.flatMap((cell) => [...cell.missing, ...cell.different]);

async function reconcileStream(stream: Stream, repair: boolean): Promise<StreamReport> {
  const { from, to } = stream;
  try {
    const comparison = await compareStream(stream.sender, stream.receiver);
    if (comparison.equal || !repair) return { from, to, comparison, repaired: 0 };
    const { moved, failure } = await stream.resend(comparison);
    const after = await compareStream(stream.sender, stream.receiver);
    return {
      from,
      to,
      comparison: after,
      repaired: moved,
      ...(failure ? { failure: failure.reason } : {}),
    };
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
