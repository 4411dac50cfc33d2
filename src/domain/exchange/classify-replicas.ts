import { toReference, type VersionName } from '../../fhir/key.js';
import { laneOf, type Lane } from '../../fhir/lane.js';
import type { PreparedReplica } from '../../ports/ingest.js';
import type { ReplicaChange, Routing, Store } from '../../ports/store.js';
import { missingBetween } from './open-gaps.js';
import { sendingRefusal, type Neighbour } from './topology.js';

export interface ClassifiedReplicas {
  readonly replicas: readonly ReplicaChange[];
  /** Kept and flagged. */
  readonly flagged: readonly (VersionName & { readonly reason: string })[];
  readonly refused: readonly RefusedReplica[];
  readonly missing: readonly VersionName[];
}

export interface RefusedReplica {
  readonly replica: PreparedReplica;
  readonly reason: string;
}

export interface ReplicaSource {
  readonly neighbour: Neighbour;
  readonly lane: Lane;
  /** This node's id where its own records may come back (store in state `restored`). */
  readonly ownReturn: string | undefined;
}

const gapLimit = 100;

/** Sorts what a neighbour sent: taken, flagged, refused, and what is missing before it. */
export async function classifyReplicas(
  store: Pick<Store, 'read'>,
  entries: readonly PreparedReplica[],
  source: ReplicaSource,
): Promise<ClassifiedReplicas> {
  const refused: RefusedReplica[] = [];
  const taken: PreparedReplica[] = [];
  for (const replica of entries) {
    const reason = refusalOf(replica, source);
    if (reason === undefined) taken.push(replica);
    else refused.push({ replica, reason });
  }
  const { routings, missing } = await lookBehind(store, taken);
  return {
    replicas: taken.map((replica, index) => toChange(replica, source, routings.get(index))),
    flagged: taken.filter(({ faults }) => faults.length > 0).map(flagOf),
    refused,
    missing,
  };
}

function refusalOf(replica: PreparedReplica, source: ReplicaSource): string | undefined {
  if (replica.refusal !== undefined) return replica.refusal;
  const { type } = replica.key;
  if (laneOf(type) !== source.lane) return `${type} does not belong to lane ${source.lane}`;
  if (source.ownReturn !== undefined && replica.owner === source.ownReturn) return undefined;
  return sendingRefusal(source.neighbour, { type, owner: replica.owner });
}

const flagOf = ({ key, versionId, faults }: PreparedReplica): VersionName & { reason: string } => ({
  key,
  versionId,
  reason: `kept, though invalid here: ${faults
    .slice(0, 3)
    .map((fault) => `${fault.code}${fault.expression === undefined ? '' : ` at ${fault.expression}`}`)
    .join('; ')}`,
});

/**
 * What only the versions before can tell: of a delete the routing (policy sends it wherever the record went), of a later
 * version whether one between is missing. Looks into the store only where the batch itself does not say.
 */
async function lookBehind(
  store: Pick<Store, 'read'>,
  taken: readonly PreparedReplica[],
): Promise<{ routings: Map<number, Routing>; missing: VersionName[] }> {
  const wanted = taken.filter((replica) => replica.versionId > 1);
  const routings = new Map<number, Routing>();
  const missing: VersionName[] = [];
  if (wanted.length === 0) return { routings, missing };
  const keys = [...new Map(wanted.map(({ key }) => [toReference(key), key])).values()];
  const held = await store.read(keys);
  const last = new Map<string, { versionId: number; routing: Routing }>();
  held.forEach((version) => version && last.set(toReference(version.key), version));
  taken.forEach((replica, index) => {
    const name = toReference(replica.key);
    const before = last.get(name);
    if (replica.deleted && before) routings.set(index, before.routing);
    if (replica.versionId <= (before?.versionId ?? 0)) return;
    missing.push(
      ...missingBetween(replica.key, before?.versionId ?? 0, { came: replica.versionId, limit: gapLimit }),
    );
    last.set(name, {
      versionId: replica.versionId,
      routing: replica.deleted && before ? before.routing : replica.routing,
    });
  });
  return { routings, missing };
}

function toChange(
  replica: PreparedReplica,
  { neighbour, lane }: ReplicaSource,
  routing: Routing | undefined,
): ReplicaChange {
  const { key, versionId, lastUpdated, deleted, body, hash, index, owner, source } = replica;
  return {
    kind: 'replica',
    key,
    versionId,
    lastUpdated,
    deleted,
    body,
    hash,
    index,
    origin: { owner, source, receivedFrom: neighbour.id, lane },
    routing: routing ?? replica.routing,
  };
}
