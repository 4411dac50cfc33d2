import { type ResourceKey, versionName, type VersionName } from '../../fhir/key.js';
import { laneOf, type Lane } from '../../fhir/lane.js';
import type { Change, Store } from '../../ports/store.js';
import { streamFrom } from './stream-names.js';
import type { Topology } from './topology.js';

/** Versions that a stream should have brought before a later one; kept as exceptions, and here to be asked for. */
export interface OpenGaps {
  /** Adds the last `limit` a neighbour that the store has; all when absent. Other processes on the store note some too. */
  load(limit?: number): Promise<void>;
  /** The changes that note versions as missing. */
  noteChanges(neighbour: string, versions: readonly VersionName[]): Change[];
  /** The changes that clear a version that has come, or is known not to come. */
  clearChanges(version: VersionName): Change[];
  /** After the commit of those changes. */
  noted(neighbour: string, versions: readonly VersionName[]): void;
  cleared(version: VersionName): void;
  of(neighbour: string, lane: Lane): readonly VersionName[];
  isOpen(version: VersionName): boolean;
  /** Called when there are new ones. */
  onNoted(listener: (neighbour: string) => void): void;
}

const loadLimit = 100_000;

export function createOpenGaps(store: Store, topology: Topology): OpenGaps {
  const open = new Map<string, VersionName & { readonly neighbours: Set<string> }>();
  const listeners: ((neighbour: string) => void)[] = [];

  const tell = (neighbour: string): void => listeners.forEach((listener) => listener(neighbour));

  function add(neighbour: string, { key, versionId }: VersionName): void {
    const name = versionName({ key, versionId });
    const entry = open.get(name);
    if (entry) entry.neighbours.add(neighbour);
    else open.set(name, { key, versionId, neighbours: new Set([neighbour]) });
  }

  function forget(neighbour: string): void {
    for (const [name, { neighbours }] of open) {
      neighbours.delete(neighbour);
      if (neighbours.size === 0) open.delete(name);
    }
  }

  return {
    async load(limit = loadLimit) {
      for (const { id } of topology.neighbours) {
        const rows = await store.exceptions({ stream: streamFrom(id), kind: 'gap', limit });
        if (rows.length < limit) forget(id);
        for (const row of rows) add(id, row);
        if (rows.length > 0) tell(id);
      }
    },
    noteChanges: (neighbour, versions) =>
      versions.map(({ key, versionId }) => ({
        kind: 'exception',
        exception: {
          stream: streamFrom(neighbour),
          key,
          versionId,
          kind: 'gap',
          reason: 'a later version came without it',
        },
      })),
    clearChanges(version) {
      const entry = open.get(versionName(version));
      return [...(entry?.neighbours ?? [])].map((neighbour) => ({
        kind: 'clear-exception',
        stream: streamFrom(neighbour),
        key: version.key,
        versionId: version.versionId,
      }));
    },
    noted(neighbour, versions) {
      for (const version of versions) add(neighbour, version);
      if (versions.length > 0) tell(neighbour);
    },
    cleared: (version) => void open.delete(versionName(version)),
    of: (neighbour, lane) =>
      [...open.values()].filter(
        (entry) => entry.neighbours.has(neighbour) && laneOf(entry.key.type) === lane,
      ),
    isOpen: (version) => open.size > 0 && open.has(versionName(version)),
    onNoted: (listener) => void listeners.push(listener),
  };
}

/** The versions between what is held and what came. `limit` keeps a damaged version number from making a flood. */
export function missingBetween(
  key: ResourceKey,
  held: number,
  { came, limit }: { readonly came: number; readonly limit: number },
): VersionName[] {
  const first = Math.max(held + 1, came - limit);
  return Array.from({ length: Math.max(0, came - first) }, (_, offset) => ({
    key,
    versionId: first + offset,
  }));
}
