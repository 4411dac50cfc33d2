import type { ResourceKey } from '../fhir/key.js';
import { toReference } from '../fhir/key.js';
import type { Change, Store, StoredVersion } from '../ports/store.js';

/** Versions that the person index could not take, as they stand among the exceptions. */
export interface LeftOut {
  /** The change that says of a version, for a reason, that it was left out; to be noted once it is committed. */
  exceptionOf(version: Named, reason: string): Change;
  note(version: Named): void;
  /** Changes that take back what stands against these versions, or earlier ones of the same records. */
  settledBy(versions: readonly Named[]): readonly Change[];
  /** These changes are committed. */
  settled(changes: readonly Change[]): void;
}

type Named = Pick<StoredVersion, 'key' | 'versionId'>;

const stream = 'mpi';
/** More are kept, the newest, of a region in which the index fails that often; the others wait for the next start. */
const mostKept = 10_000;

/** Reads what stands: the process before may have left it. */
export async function readLeftOut(store: Pick<Store, 'exceptions'>): Promise<LeftOut> {
  const standing = new Map<string, { readonly key: ResourceKey; readonly versionIds: Set<number> }>();
  const note = ({ key, versionId }: Named): void => {
    const held = standing.get(toReference(key));
    if (held) held.versionIds.add(versionId);
    else standing.set(toReference(key), { key, versionIds: new Set([versionId]) });
  };
  for (const exception of await store.exceptions({ stream, limit: mostKept })) note(exception);
  return {
    note,
    exceptionOf: ({ key, versionId }, reason) => ({
      kind: 'exception',
      exception: { stream, key, versionId, kind: 'refused', reason },
    }),
    settledBy(versions) {
      const latest = new Map(standing.size === 0 ? [] : versions.map((one) => [toReference(one.key), one]));
      return [...latest].flatMap(([name, { versionId }]) => {
        const { key, versionIds = [] } = standing.get(name) ?? {};
        if (!key) return [];
        return [...versionIds]
          .filter((leftOut) => leftOut <= versionId)
          .map((leftOut): Change => ({ kind: 'clear-exception', stream, key, versionId: leftOut }));
      });
    },
    settled(changes) {
      for (const change of changes) {
        if (change.kind !== 'clear-exception') continue;
        const name = toReference(change.key);
        const versionIds = standing.get(name)?.versionIds;
        versionIds?.delete(change.versionId);
        if (versionIds?.size === 0) standing.delete(name);
      }
    },
  };
}
