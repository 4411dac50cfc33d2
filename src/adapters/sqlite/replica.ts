import type { ChangeOutcome } from '../../ports/store.js';
import type { Dictionary } from './dictionary.js';
import { prepareQuery, type Database } from './driver.js';
import type { ExceptionRows } from './exceptions.js';
import type { VersionRow } from './messages.js';
import type { LogState, ResourceRow, VersionRows } from './version-rows.js';

export interface ReplicaContext {
  readonly database: Database;
  readonly dictionary: Dictionary;
  readonly versions: VersionRows;
  readonly exceptions: ExceptionRows;
  readonly state: LogState;
  readonly nodeId: string;
  /** Own records may come back. */
  readonly restored: () => boolean;
}

/** Stores, recognises or keeps apart one version of another node's record. Never refuses the unit. */
export function createReplicaWriter(context: ReplicaContext): (row: VersionRow) => ChangeOutcome {
  const { dictionary, versions, state } = context;
  const forks = createForks(context);
  return (row) => {
    const resource = versions.find(row.type, row.id);
    const held = resource && versions.hashOf(resource.rid, row.versionId);
    const foreign =
      (resource !== undefined && resource.owner !== dictionary.origin(row.origin).owner) ||
      (row.origin.owner === context.nodeId && !context.restored());
    if (foreign) {
      if (held === row.hash && resource?.owner === dictionary.origin(row.origin).owner) return 'held';
      context.exceptions.put(exceptionOf(row, 'foreign-owner', 'the id is held here of another owner'));
      return 'foreign-owner';
    }
    if (held === row.hash) return 'held';
    if (resource && (held !== undefined || forks.follows(resource, row))) {
      if (forks.isResolved(resource, row)) return 'held';
      forks.keepApart(resource, row, held === undefined ? 'later than a fork' : 'held with another content');
      return 'fork';
    }
    const rid = resource?.rid ?? (state.lastRid += 1);
    versions.append(row, rid);
    if (!resource || row.versionId > resource.versionId) {
      versions.makeCurrent(row, resource, rid);
      if (resource?.apart !== undefined) forks.resolve(resource, row);
    }
    return 'stored';
  };
}

interface Forks {
  /**
   * There is an open fork before this version, and this one does not end it: its owner's word is a version above all
   * versions held and kept apart, and at the owner itself its next write alone.
   */
  follows(resource: ResourceRow, row: VersionRow): boolean;
  /** Kept apart before, and its owner has written above it since. */
  isResolved(resource: ResourceRow, row: VersionRow): boolean;
  keepApart(resource: ResourceRow, row: VersionRow, reason: string): void;
  resolve(
    resource: ResourceRow,
    row: { readonly type: string; readonly id: string; readonly versionId: number },
  ): void;
}

export function createForks({
  database,
  versions,
  exceptions,
  nodeId,
}: Omit<ReplicaContext, 'state'>): Forks {
  const lowest = prepareQuery<[number | null]>(
    database,
    'SELECT min(version_id) FROM fork WHERE rid = ? AND resolved = 0',
  );
  const findResolved = prepareQuery<[number]>(
    database,
    'SELECT resolved FROM fork WHERE rid = ? AND version_id = ? AND hash = unhex(?)',
  );
  const insert = database.prepare('INSERT OR IGNORE INTO fork VALUES (?, ?, unhex(?), 0)');
  const resolveAll = database.prepare('UPDATE fork SET resolved = 1 WHERE rid = ?');
  return {
    follows(resource, { versionId, origin }) {
      if (resource.apart === undefined) return false;
      const above = versionId > Math.max(resource.apart, resource.versionId);
      if (above && origin.owner !== nodeId) return false;
      return versionId > (lowest.get(resource.rid)?.[0] ?? Infinity);
    },
    isResolved: ({ rid }, { versionId, hash }) => findResolved.get(rid, versionId, hash)?.[0] === 1,
    keepApart(resource, row, reason) {
      insert.run(resource.rid, row.versionId, row.hash);
      versions.setApart(resource.rid, Math.max(resource.apart ?? 0, row.versionId));
      exceptions.put({ ...exceptionOf(row, 'fork', reason), hash: row.hash, body: row.body });
    },
    resolve(resource, row) {
      resolveAll.run(resource.rid);
      exceptions.resolveForks(row, `resolved by version ${String(row.versionId)}`);
    },
  };
}

function exceptionOf(row: VersionRow, kind: 'fork' | 'foreign-owner', reason: string) {
  return {
    stream: `from:${row.origin.receivedFrom}`,
    key: { type: row.type, id: row.id },
    versionId: row.versionId,
    kind,
    reason,
  };
}
