import type { SearchQuery } from '../../../fhir/search/search-expression.js';
import type { Store, StoredVersion } from '../../../ports/store.js';
import { matchModelUrl } from '../model-library.js';

/** A page holds whole models. */
const pageSize = 10;

/** Models of a status, those of other nodes too, the one that was changed last first. */
export const modelsOfStatus = (status: 'active' | 'retired'): SearchQuery => ({
  type: 'Library',
  where: {
    kind: 'and',
    of: [
      { kind: 'param', code: 'url', test: { kind: 'uri', value: matchModelUrl } },
      { kind: 'param', code: 'status', test: { kind: 'token', value: status } },
    ],
  },
  sort: { by: 'last-updated', descending: true },
  limit: pageSize,
  total: 'none',
});

/**
 * The model of a status that this node itself wrote last. Replicas of children's models, and what a client calls active,
 * decide nothing here.
 */
export async function latestModel(
  store: Pick<Store, 'search' | 'read'>,
  nodeId: string,
  status: 'active' | 'retired',
): Promise<StoredVersion | undefined> {
  for (let cursor: string | undefined; ;) {
    const query = modelsOfStatus(status);
    const page = await store.search({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const versions = await store.read(page.matches.map(({ key }) => key));
    const found = versions.find((version) => version?.deleted === false && isByNode(version, nodeId));
    cursor = page.nextCursor;
    if (found || cursor === undefined) return found;
  }
}

/** Written by the node itself, by training or activation. */
export const isByNode = ({ origin }: StoredVersion, nodeId: string): boolean =>
  origin.owner === nodeId && origin.source === nodeId;
