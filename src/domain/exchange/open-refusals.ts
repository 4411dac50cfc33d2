import { versionName, type VersionName } from '../../fhir/key.js';
import type { Change, Store } from '../../ports/store.js';
import { streamFrom } from './stream-names.js';
import type { Topology } from './topology.js';

/** Versions that stand as refused, in memory, so that one that is taken later costs no look into the store. */
export interface OpenRefusals {
  /** Reads the last ones a neighbour from the store, again too: other processes on it note and clear some. */
  load(limit?: number): Promise<void>;
  /** Clears what stands against versions that were taken by a process that did not know of it. */
  sweep(): Promise<void>;
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
/** So many of the last ones of a neighbour are looked at. */
const mostSwept = 1_000;

export function createOpenRefusals(
  store: Pick<Store, 'exceptions' | 'readVersion' | 'commit'>,
  topology: Topology,
): OpenRefusals {
  const open = new Set<string>();
  let tooMany = false;
  const nameOf = (neighbour: string, version: VersionName): string => `${neighbour} ${versionName(version)}`;
  const add = (neighbour: string, version: VersionName): void => {
    if (open.size < mostKept) open.add(nameOf(neighbour, version));
    else tooMany = true;
  };

  return {
    async load(limit = mostKept) {
      const found: (readonly [string, readonly VersionName[]])[] = [];
      for (const { id } of topology.neighbours) {
        found.push([id, await store.exceptions({ stream: streamFrom(id), kind: 'refused', limit })]);
      }
      if (found.every(([, rows]) => rows.length < limit)) {
        open.clear();
        tooMany = false;
      } else tooMany ||= limit === mostKept;
      for (const [id, rows] of found) for (const row of rows) add(id, row);
    },
    async sweep() {
      for (const { id } of topology.neighbours) {
        const stream = streamFrom(id);
        const changes: Change[] = [];
        for (const { key, versionId, hash } of await store.exceptions({
          stream,
          kind: 'refused',
          limit: mostSwept,
        })) {
          const held = await store.readVersion(key, versionId);
          if (held && held.hash === hash) changes.push(clearRefusal(stream, { key, versionId }));
        }
        if (changes.length > 0) await store.commit({ changes, guards: [] });
      }
    },
    clearChanges(neighbour, taken) {
      if (open.size === 0) return [];
      return taken
        .filter((version) => tooMany || open.has(nameOf(neighbour, version)))
        .map((version) => clearRefusal(streamFrom(neighbour), version));
    },
    settled(neighbour, { taken, refused }) {
      if (open.size > 0) for (const version of taken) open.delete(nameOf(neighbour, version));
      for (const version of refused) add(neighbour, version);
    },
  };
}

const clearRefusal = (stream: string, { key, versionId }: VersionName): Change => ({
  kind: 'clear-exception',
  stream,
  key,
  versionId,
  only: 'refused',
});
