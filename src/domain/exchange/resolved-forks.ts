import { versionName, type VersionName } from '../../fhir/key.js';
import type { KeptApart } from '../../ports/peer.js';
import type { Store } from '../../ports/store.js';
import { streamFrom } from './stream-names.js';

/** Versions of forks above which their owner has written since, by `forkName`; the value says by which version. */
export type ResolvedForks = ReadonlyMap<string, string>;

export const forkName = ({ key, versionId }: VersionName, hash: string): string =>
  `${versionName({ key, versionId })} ${hash}`;

const resolution = /^resolved by version \d+$/;

export const isResolution = (reason: string): boolean => resolution.test(reason);

export function resolvedForks(rows: readonly KeptApart[]): ResolvedForks {
  const resolved = rows.filter(({ reason }) => isResolution(reason));
  return new Map(resolved.map((row) => [forkName(row, row.hash), row.reason]));
}

const mostForks = 10_000;

/** What this node keeps apart of a neighbour's versions. */
export async function forksHere(store: Pick<Store, 'exceptions'>, neighbour: string): Promise<KeptApart[]> {
  const rows = await store.exceptions({ stream: streamFrom(neighbour), kind: 'fork', limit: mostForks });
  return rows.map(({ key, versionId, reason, hash = '' }) => ({ key, versionId, reason, hash }));
}
