import type { SearchQuery } from '../../../../fhir/search/search-expression.js';
import type { Store, StoredVersion } from '../../../../ports/store.js';
import { matchModelUrl } from '../../model-library.js';

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

/** All of them, in pages. */
export async function* modelPages(
  store: Pick<Store, 'search' | 'read'>,
  status: 'active' | 'retired',
): AsyncGenerator<readonly StoredVersion[], void> {
  for (let cursor: string | undefined; ;) {
    const query = modelsOfStatus(status);
    const page = await store.search({ ...query, ...(cursor === undefined ? {} : { cursor }) });
    const versions = await store.read(page.matches.map(({ key }) => key));
    yield versions.flatMap((version) => (version?.deleted === false ? [version] : []));
    cursor = page.nextCursor;
    if (cursor === undefined) return;
  }
}

/**
 * The model of a status that this node itself wrote last. Replicas of children's models, and what a client calls active,
 * decide nothing here.
 */
export async function latestModel(
  store: Pick<Store, 'search' | 'read'>,
  nodeId: string,
  status: 'active' | 'retired',
): Promise<StoredVersion | undefined> {
  for await (const versions of modelPages(store, status)) {
    const found = versions.find((version) => isByNode(version, nodeId));
    if (found) return found;
  }
  return undefined;
}

/** Written by the node itself, by training or activation. */
export const isByNode = ({ origin }: StoredVersion, nodeId: string): boolean =>
  origin.owner === nodeId && origin.source === nodeId;
