import { versionName } from '../../fhir/key.js';
import type { Change, ExceptionRow, Store } from '../../ports/store.js';
import type { StreamComparison } from './compare-stream.js';
import { isResolution, type ResolvedForks } from './resolved-forks.js';

export interface Settling {
  readonly stream: string;
  /** Of the stream as it is now. */
  readonly comparison: StreamComparison;
  readonly forks: () => Promise<ResolvedForks>;
}

const mostRows = 10_000;
const refusing = ['refused', 'foreign-owner'] as const;

/** Brings a stream's exceptions up to what a comparison has shown: what is not missing any more stands against nothing. */
export async function settleExceptions(
  store: Pick<Store, 'exceptions' | 'commit'>,
  { stream, comparison, forks }: Settling,
): Promise<void> {
  const open = new Set(
    comparison.differing.flatMap((cell) => [...cell.missing, ...cell.different]).map(versionName),
  );
  const rowsOf = (kind: ExceptionRow['kind']): Promise<readonly ExceptionRow[]> =>
    store.exceptions({ stream, kind, limit: mostRows });
  const changes: Change[] = [];
  for (const only of refusing) {
    for (const row of await rowsOf(only)) {
      const { key, versionId } = row;
      if (!open.has(versionName(row)))
        changes.push({ kind: 'clear-exception', stream, key, versionId, only });
    }
  }
  const standing = comparison.resolved.length === 0 ? [] : await rowsOf('fork');
  if (standing.some(({ reason }) => !isResolution(reason))) {
    const reasons = new Map([...(await forks())].map(([name, reason]) => [name.split(' ')[0], reason]));
    const resolved = new Set(comparison.resolved.map(versionName));
    for (const { key, versionId, reason } of standing) {
      const name = versionName({ key, versionId });
      const resolution = reasons.get(name);
      if (isResolution(reason) || !resolved.has(name) || resolution === undefined) continue;
      const exception = { stream, key, versionId, kind: 'fork' as const, reason: resolution };
      changes.push({ kind: 'exception', exception });
    }
  }
  if (changes.length > 0) await store.commit({ changes, guards: [] });
}
