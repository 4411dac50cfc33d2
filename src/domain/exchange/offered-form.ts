import { deleteHash } from '../../fhir/delete-hash.js';
import type { Store, StoredVersion } from '../../ports/store.js';
import type { Offer } from './policy.js';

const historyPage = 50;

/**
 * The form in which a version goes to a neighbour: as it is; as a retraction, where a label keeps it here but an earlier
 * version was let go; undefined where it stays.
 */
export async function offeredForm(
  store: Pick<Store, 'history'>,
  offer: Offer,
  version: StoredVersion,
): Promise<StoredVersion | undefined> {
  if (!offer.concerns(version)) return undefined;
  if (!offer.withholds(version.routing.labels)) return version;
  return (await wasOffered(store, offer, version)) ? retractionOf(version) : undefined;
}

/** An earlier version of the resource, held here, was let go. */
async function wasOffered(
  store: Pick<Store, 'history'>,
  offer: Offer,
  { key, versionId }: Pick<StoredVersion, 'key' | 'versionId'>,
): Promise<boolean> {
  let cursor: string | undefined;
  do {
    const page = await store.history(
      { kind: 'instance', key },
      { limit: historyPage, ...(cursor === undefined ? {} : { cursor }) },
    );
    const earlier = page.versions.filter((version) => version.versionId < versionId);
    if (earlier.some((version) => !offer.withholds(version.routing.labels))) return true;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return false;
}

/** A version without a body in the place of one that must not be seen: at the receiver the resource is gone. */
export const retractionOf = (version: StoredVersion): StoredVersion => ({
  ...version,
  deleted: true,
  body: '',
  hash: deleteHash(version),
});
