import { toReference, type ResourceKey } from '../../fhir/key.js';
import type { StoredVersion } from '../../ports/store.js';
import type { VersionDoc } from './documents.js';
import type { Collections } from './schema.js';
import { toStored } from './versions.js';

/** Current versions in the order of the keys. */
export async function readCurrent(
  { versions, resources }: Collections,
  keys: readonly ResourceKey[],
): Promise<(StoredVersion | undefined)[]> {
  const [only] = keys;
  if (keys.length === 1 && only) return [await readOne(versions, only)];
  const current = await resources
    .find({ key: { $in: keys.map(toReference) } }, { projection: { _id: 0, seq: 1 } })
    .toArray();
  const docs = await versions.find({ _id: { $in: current.map(({ seq }) => seq) } }).toArray();
  const byKey = new Map(docs.map((doc) => [doc.key, doc]));
  return keys.map((key) => shown(byKey.get(toReference(key))));
}

/** The highest version held is the current one. */
async function readOne(
  versions: Collections['versions'],
  key: ResourceKey,
): Promise<StoredVersion | undefined> {
  const doc = await versions.findOne({ key: toReference(key) }, { sort: { key: 1, n: -1 } });
  return shown(doc ?? undefined);
}

function shown(doc: VersionDoc | undefined): StoredVersion | undefined {
  if (!doc) return undefined;
  return { ...toStored(doc), ...(doc.apart === undefined ? {} : { keptApart: doc.apart }) };
}

export async function readVersion(
  { versions }: Collections,
  key: ResourceKey,
  versionId: number,
): Promise<StoredVersion | undefined> {
  const doc = await versions.findOne({ key: toReference(key), n: versionId });
  return doc ? toStored(doc) : undefined;
}

/** Current, not deleted resources a type. */
export async function countByType({ resources }: Collections): Promise<Map<string, number>> {
  const rows = await resources
    .aggregate<{ _id: string; n: number }>([
      { $match: { deleted: false } },
      { $group: { _id: '$type', n: { $sum: 1 } } },
    ])
    .toArray();
  return new Map(rows.map(({ _id, n }) => [_id, n]));
}
