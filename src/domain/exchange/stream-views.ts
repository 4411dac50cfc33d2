import type { VersionName } from '../../fhir/key.js';
import type { VersionsRequest } from '../../ports/peer.js';
import type { DigestRow, DigestScope, Store, StoredVersion, VersionList } from '../../ports/store.js';
import { addDigests, digestOf, type DigestPair } from './digest-sum.js';
import { offeredForm } from './offered-form.js';
import { acceptsFrom, type Offer } from './policy.js';
import type { Neighbour } from './topology.js';

/** The two ends of a stream as sums and lists: what this node offers a neighbour, or holds of what it may send. */
export interface StreamViews {
  digests(): Promise<DigestRow[]>;
  versions(request: Omit<VersionsRequest, 'view'>): Promise<VersionList>;
  /** A version as the view shows it; `withheld` by policy or kept apart with a fork, undefined where it is not held. */
  version(name: VersionName): Promise<StoredVersion | 'withheld' | undefined>;
}

/** What a neighbour may have sent here, whoever brought it. */
export function heldView(store: Store, neighbour: Neighbour): StreamViews {
  return {
    digests: async () => mergeLabels((await store.digests({})).filter((row) => acceptsFrom(neighbour, row))),
    versions: async ({ scope, ...page }) =>
      acceptsFrom(neighbour, exact(scope)) ? store.versionsOf(scope, page) : { versions: [] },
    async version({ key, versionId }) {
      const version = await store.readVersion(key, versionId);
      if (!version) return undefined;
      return acceptsFrom(neighbour, { type: key.type, owner: version.origin.owner }) ? version : 'withheld';
    },
  };
}

/** What this node lets go to a neighbour: withheld versions left out, retracted ones in their retracted form. */
export function offeredView(store: Store, offer: Offer): StreamViews {
  return {
    digests: () => offeredDigests(store, offer),
    versions: ({ scope, ...page }) =>
      offer.covers(exact(scope))
        ? offeredVersions(store, offer, { scope, page })
        : Promise.resolve({ versions: [] }),
    async version({ key, versionId }) {
      const version = await store.readVersion(key, versionId);
      if (!version) return (await isKeptApart(store, { key, versionId })) ? 'withheld' : undefined;
      if (!offer.covers({ type: key.type, owner: version.origin.owner })) return 'withheld';
      return (await shownForm(store, offer, version)) ?? 'withheld';
    },
  };
}

/** A number of a fork, which no follower gets from here and needs not miss. */
async function isKeptApart(store: Store, { key, versionId }: VersionName): Promise<boolean> {
  const forks = await store.exceptions({ kind: 'fork', key, limit: mostForks });
  return forks.some((fork) => fork.versionId === versionId);
}

const mostForks = 1000;

/** A cell of the comparison is asked for by owner and type, so that policy can decide on it as a whole. */
const exact = ({ owner = '', type = '' }: DigestScope): { owner: string; type: string } => ({ owner, type });

/** Whoever brought a version: in a comparison a version that the neighbour itself sent counts at both ends. */
const shownForm = (store: Store, offer: Offer, version: StoredVersion): Promise<StoredVersion | undefined> =>
  offeredForm(store, { ...offer, concerns: () => true }, version);

async function offeredDigests(store: Store, offer: Offer): Promise<DigestRow[]> {
  const rows = (await store.digests({})).filter((row) => offer.covers(row));
  const open: DigestRow[] = [];
  const doubtful = new Map<string, DigestRow>();
  for (const row of rows) if (mayWithhold(offer, row)) doubtful.set(cellName(row), row);
  for (const row of rows) if (!doubtful.has(cellName(row))) open.push(row);
  const merged = mergeLabels(open);
  for (const row of doubtful.values()) {
    const counted = await countCell(store, offer, row);
    if (counted.n > 0) merged.push({ ...plain(row), ...counted });
  }
  return merged;
}

/** Without labels on the row an adapter leaves it open whether the policy keeps part of it here. */
const mayWithhold = (offer: Offer, row: DigestRow): boolean =>
  row.labels ? offer.withholds(row.labels) : offer.withholdsAny;

async function countCell(
  store: Store,
  offer: Offer,
  row: DigestRow,
): Promise<{ n: number; digest: DigestPair }> {
  const scope = { owner: row.owner, source: row.source, type: row.type, day: row.day };
  let n = 0;
  let digest: DigestPair = [0, 0];
  let after: string | undefined;
  do {
    const page = { limit: cellPage, ...(after === undefined ? {} : { after }) };
    const list = await offeredVersions(store, offer, { scope, page });
    for (const version of list.versions) {
      n += 1;
      digest = addDigests(digest, digestOf(version));
    }
    after = list.next;
  } while (after !== undefined);
  return { n, digest };
}

const cellPage = 1000;

async function offeredVersions(
  store: Store,
  offer: Offer,
  request: {
    readonly scope: DigestScope;
    readonly page: { readonly after?: string; readonly limit: number };
  },
): Promise<VersionList> {
  const list = await store.versionsOf(request.scope, request.page);
  const versions: VersionList['versions'][number][] = [];
  for (const entry of list.versions) {
    if (!offer.withholds(entry.labels)) {
      versions.push(entry);
      continue;
    }
    const stored = await store.readVersion(entry.key, entry.versionId);
    const shown = stored && (await shownForm(store, offer, stored));
    if (shown) versions.push({ ...entry, hash: shown.hash });
  }
  return { ...list, versions };
}

const cellName = (row: DigestRow): string => `${row.owner}|${row.source}|${row.type}|${row.day}`;

const plain = ({ owner, source, type, day }: DigestRow): Omit<DigestRow, 'n' | 'digest' | 'labels'> => ({
  owner,
  source,
  type,
  day,
});

function mergeLabels(rows: readonly DigestRow[]): DigestRow[] {
  const cells = new Map<string, DigestRow>();
  for (const row of rows) {
    const before = cells.get(cellName(row));
    cells.set(cellName(row), {
      ...plain(row),
      n: row.n + (before?.n ?? 0),
      digest: addDigests(row.digest, before?.digest ?? [0, 0]),
    });
  }
  return [...cells.values()];
}
