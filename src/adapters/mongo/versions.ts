import { createHash } from 'node:crypto';

import { dayOf, toInstant, toMs } from '../../fhir/instant.js';
import { toReference, versionName } from '../../fhir/key.js';
import type { DeleteChange, PutChange, ReplicaChange, StoredVersion } from '../../ports/store.js';
import type { VersionDoc } from './documents.js';

/** A version as the port shows it; `keptApart` where the caller asks for the current one. */
export function toStored(doc: VersionDoc): StoredVersion {
  return {
    key: { type: doc.type, id: doc.id },
    versionId: doc.n,
    lastUpdated: toInstant(doc.updated),
    arrivedAt: toInstant(doc.arrived),
    deleted: doc.deleted,
    body: doc.body,
    hash: doc.hash,
    origin: { owner: doc.owner, source: doc.source, receivedFrom: doc.from, lane: doc.lane },
    routing: { profiles: doc.profiles, labels: doc.labels },
  };
}

/** The document of a change, at its place in the log. */
export function toVersionDoc(
  change: PutChange | DeleteChange | ReplicaChange,
  place: { readonly sequence: number; readonly arrived: number },
): VersionDoc {
  const { key, versionId, hash, origin, routing } = change;
  const updated = toMs(change.lastUpdated);
  const digest = createHash('sha256')
    .update(`${versionName({ key, versionId })}/${hash}`)
    .digest();
  return {
    _id: place.sequence,
    key: toReference(key),
    type: key.type,
    id: key.id,
    n: versionId,
    lane: origin.lane,
    updated,
    arrived: place.arrived,
    deleted: isDelete(change),
    owner: origin.owner,
    source: origin.source,
    from: origin.receivedFrom,
    profiles: routing.profiles,
    labels: routing.labels,
    hash,
    body: bodyOf(change),
    day: dayOf(updated),
    first: digest.readUInt32BE(0),
    second: digest.readUInt32BE(4),
  };
}

export const isDelete = (change: PutChange | DeleteChange | ReplicaChange): boolean =>
  change.kind === 'delete' || (change.kind === 'replica' && change.deleted);

export const bodyOf = (change: PutChange | DeleteChange | ReplicaChange): string =>
  change.kind === 'delete' || isDelete(change) ? '' : change.body;
