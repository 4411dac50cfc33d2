import { versionName, type VersionName } from '../../fhir/key.js';
import type { Change, Store } from '../../ports/store.js';
import { streamFrom } from './stream-names.js';
import type { Topology } from './topology.js';

/** Versions that stand as refused, in memory, so that one that is taken later costs no look into the store. */
export interface OpenRefusals {
  load(): Promise<void>;
  /** The changes that clear what stands against versions that are now taken. */
  clearChanges(neighbour: string, taken: readonly VersionName[]): Change[];
  /** After the commit. */
  settled(
    neighbour: string,
    of: { readonly taken: readonly VersionName[]; readonly refused: readonly VersionName[] },
  ): void;
}

/** Beyond so many they are not told apart: every version that is taken clears what may stand against it. */
const mostKept = 100_000;

export function createOpenRefusals(store: Pick<Store, 'exceptions'>, topology: Topology): OpenRefusals {
  const open = new Set<string>();
  let tooMany = false;
  const nameOf = (neighbour: string, version: VersionName): string => `${neighbour} ${versionName(version)}`;
  const add = (neighbour: string, version: VersionName): void => {
    if (open.size < mostKept) open.add(nameOf(neighbour, version));
    else tooMany = true;
  };

  return {
    async load() {
      for (const { id } of topology.neighbours) {
        const rows = await store.exceptions({ stream: streamFrom(id), kind: 'refused', limit: mostKept });
        for (const row of rows) add(id, row);
        tooMany ||= rows.length === mostKept;
      }
    },
    clearChanges(neighbour, taken) {
      if (open.size === 0) return [];
      return taken
        .filter((version) => tooMany || open.has(nameOf(neighbour, version)))
        .map(({ key, versionId }) => ({
          kind: 'clear-exception',
          stream: streamFrom(neighbour),
          key,
          versionId,
          only: 'refused',
        }));
    },
    settled(neighbour, { taken, refused }) {
      if (open.size > 0) for (const version of taken) open.delete(nameOf(neighbour, version));
      for (const version of refused) add(neighbour, version);
    },
  };
}
