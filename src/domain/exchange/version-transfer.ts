import { writeReplicateBundle, type ReplicateEntry } from '../../fhir/bundle/replicate-bundle.js';
import type { VersionName } from '../../fhir/key.js';
import { laneOf, lanes, type Lane } from '../../fhir/lane.js';
import type { Ids } from '../../ports/ids.js';
import type {
  FetchRequest,
  FetchedVersions,
  Peer,
  PeerFailure,
  ReplicateReceipt,
  StreamView,
} from '../../ports/peer.js';
import type { StoredVersion } from '../../ports/store.js';
import type { Receiver } from './receive-batch.js';
import type { StreamViews } from './stream-views.js';

/** Versions a fetch asks for at once. */
export const fetchLimit = 500;

/** What a stored version is in a $replicate Bundle. */
export const toEntry = (version: StoredVersion): ReplicateEntry => ({
  key: version.key,
  versionId: version.versionId,
  lastUpdated: version.lastUpdated,
  deleted: version.deleted,
  body: version.body,
  hash: version.hash,
  owner: version.origin.owner,
  source: version.origin.source,
});

/** Answers a neighbour's fetch; what is not held or not let go is absent. */
export async function readForFetch(
  view: StreamViews,
  request: Pick<FetchRequest, 'lane' | 'versions'>,
  maxBytes: number,
): Promise<FetchedVersions> {
  const entries: ReplicateEntry[] = [];
  const withheld: number[] = [];
  let bytes = 0;
  let looked = 0;
  for (const name of request.versions.slice(0, fetchLimit)) {
    const version = laneOf(name.key.type) === request.lane ? await view.version(name) : undefined;
    if (version === 'withheld') withheld.push(looked);
    else if (version) {
      bytes += version.body.length;
      if (bytes > maxBytes && entries.length > 0) break;
      entries.push(toEntry(version));
    }
    looked += 1;
  }
  return { text: writeReplicateBundle({ lane: request.lane, entries }), looked, withheld };
}

export type TransferResult = { readonly moved: number; readonly failure?: PeerFailure };

/** Asks a peer for versions, lane by lane; `take` gets each answer. Ends at the first failure. */
export async function fetchVersions(
  peer: Peer,
  request: { readonly view: StreamView; readonly versions: readonly VersionName[] },
  take: (lane: Lane, fetched: FetchedVersions, asked: readonly VersionName[]) => Promise<void>,
): Promise<TransferResult> {
  let moved = 0;
  for (const lane of lanes) {
    let waiting = request.versions.filter((version) => laneOf(version.key.type) === lane);
    while (waiting.length > 0) {
      const versions = waiting.slice(0, fetchLimit);
      const answer = await peer.fetch({ view: request.view, lane, versions });
      if (!answer.ok) return { moved, failure: answer.failure };
      const looked = Math.max(1, answer.value.looked);
      await take(lane, answer.value, versions.slice(0, looked));
      moved += looked;
      waiting = waiting.slice(looked);
    }
  }
  return { moved };
}

export interface OwnReturn {
  readonly peer: Peer;
  readonly receiver: Pick<Receiver, 'receive'>;
  readonly ids: Ids;
}

/** Fetches back versions of this node's own records, lower numbers first, so that what follows a fork is told from it. */
export function fetchOwn(
  { peer, receiver, ids }: OwnReturn,
  versions: readonly VersionName[],
): Promise<TransferResult> {
  const inOrder = [...versions].sort((a, b) => a.versionId - b.versionId);
  return fetchVersions(peer, { view: 'held', versions: inOrder }, async (lane, { text }) => {
    const requestId = ids.uuid();
    await receiver.receive(peer.id, { lane, text, complete: false, requestId, ownReturn: true });
  });
}

/** Sends versions as the view shows them, outside of the stream: batches without positions. Ends at the first failure. */
export async function sendVersions(
  peer: Peer,
  what: {
    readonly view: StreamViews;
    readonly versions: readonly VersionName[];
    readonly batchBytes: number;
  },
): Promise<TransferResult> {
  let moved = 0;
  for (const lane of lanes) {
    let waiting = what.versions.filter((version) => laneOf(version.key.type) === lane);
    while (waiting.length > 0) {
      const batch = await readForFetch(what.view, { lane, versions: waiting }, what.batchBytes);
      const answer = await peer.replicate({ lane, text: batch.text, complete: false });
      if (!answer.ok) return { moved, failure: answer.failure };
      moved += batch.looked - batch.withheld.length - notTaken(answer.value);
      waiting = waiting.slice(Math.max(1, batch.looked));
    }
  }
  return { moved };
}

const notTaken = (receipt: ReplicateReceipt): number => receipt.exceptions.length;
