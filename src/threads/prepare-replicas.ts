import { readReplicateBundle } from '../fhir/bundle/read-replicate-bundle.js';
import type { ReceivedEntry } from '../fhir/bundle/read-replicate-bundle.js';
import { deleteHash } from '../fhir/delete-hash.js';
import { encodeIndex } from '../fhir/search/index-codec.js';
import { resourceTypes } from '../fhir/search/search-parameters.js';
import type { PreparedReplica, ReplicaBatchResult } from '../ports/ingest.js';
import type { Routing } from '../ports/store.js';
import { validateResource } from '../validation/validate-resource.js';
import { indexOf, routingOf, sha256 } from './resource-rows.js';

/**
 * Reads a `$replicate` Bundle and makes the rows of its versions. What doesn't agree with itself is marked to be
 * refused; what is merely invalid is kept and flagged, since its owner accepted it.
 */
export function prepareReplicas(text: string): ReplicaBatchResult {
  const read = readReplicateBundle(text);
  if (!read.ok) return { outcome: 'invalid', issues: read.issues };
  const { entries, ...batch } = read.batch;
  return { outcome: 'read', batch: { ...batch, entries: prepareAll(entries) } };
}

const noIndex = encodeIndex([]);
const noRouting: Routing = { profiles: [], labels: [] };

/** All go through each stage together, as in make-records.ts. */
function prepareAll(received: readonly ReceivedEntry[]): PreparedReplica[] {
  const hashes = received.map((entry) => (entry.deleted ? deleteHash(entry) : sha256(entry.body)));
  const replicas = received.map(({ value, ...entry }, place): Writable<PreparedReplica> => {
    const hash = hashes[place] ?? '';
    const refusal = refusalOf(entry, value, hash);
    const plain = { ...entry, hash, index: noIndex, routing: noRouting, faults: [] };
    return refusal === undefined ? plain : { ...plain, refusal };
  });
  const taken = replicas.flatMap((replica, place) => {
    const value = replica.refusal === undefined ? received[place]?.value : undefined;
    return value === undefined ? [] : [{ replica, value }];
  });
  for (const { replica, value } of taken) {
    const checked = validateResource(replica.key.type, value, replica.body);
    if (!checked.ok) replica.faults = checked.issues;
  }
  for (const { replica, value } of taken) {
    replica.index = indexOf(replica.key.type, value);
    replica.routing = routingOf(value);
  }
  return replicas;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function refusalOf(
  entry: Omit<ReceivedEntry, 'value'>,
  value: ReceivedEntry['value'],
  hash: string,
): string | undefined {
  if (!resourceTypes.has(entry.key.type)) return 'unknown resource type';
  if (Number.isNaN(Date.parse(entry.lastUpdated))) return 'lastUpdated is not an instant';
  if (hash !== entry.hash) return 'the hash differs from the text';
  if (value === undefined) return undefined;
  if (value['resourceType'] !== entry.key.type) return 'the type in the body differs';
  if (value['id'] !== entry.key.id) return 'the id in the body differs';
  const meta = value['meta'] as
    { readonly versionId?: unknown; readonly lastUpdated?: unknown } | undefined | null;
  if (meta?.versionId !== String(entry.versionId)) return 'the version in the body differs';
  return meta.lastUpdated === entry.lastUpdated ? undefined : 'lastUpdated in the body differs';
}
