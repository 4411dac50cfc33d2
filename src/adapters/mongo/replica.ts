import { toReference, versionName } from '../../fhir/key.js';
import type { ChangeOutcome, ReplicaChange } from '../../ports/store.js';
import { appendVersion, endForks, noteException } from './append-version.js';
import { heldOf, set, type Draft, type Held } from './draft.js';
import { bodyOf } from './versions.js';

export interface ReplicaRules {
  readonly nodeId: string;
  /** Own records may come back. */
  readonly returning: boolean;
}

/** Stores, recognises or keeps apart one version of another node's record. Never refuses the unit. */
export function applyReplica(draft: Draft, change: ReplicaChange, rules: ReplicaRules): ChangeOutcome {
  const resource = heldOf(draft, change.key);
  const hash = draft.hashes.get(versionName(change));
  const { owner } = change.origin;
  const foreign =
    (resource !== undefined && resource.owner !== owner) || (owner === rules.nodeId && !rules.returning);
  if (foreign) {
    if (hash === change.hash && resource?.owner === owner) return 'held';
    noteException(draft, exceptionOf(change, 'foreign-owner', 'the id is held here of another owner'));
    return 'foreign-owner';
  }
  if (hash === change.hash) return 'held';
  if (resource && (hash !== undefined || followsFork(draft, { change, resource, nodeId: rules.nodeId }))) {
    if (isResolved(draft, change)) return 'held';
    keepApart(draft, change, {
      resource,
      reason: hash === undefined ? 'later than a fork' : 'held with another content',
    });
    return 'fork';
  }
  const current = change.versionId > (resource?.n ?? 0);
  appendVersion(draft, change, { held: resource, apart: undefined });
  if (current && resource?.apart !== undefined) endForks(draft, change);
  return 'stored';
}

/**
 * There is an open fork before this version, and this one does not end it: its owner's word is a version above all
 * versions held and kept apart, and at the owner itself its next write alone.
 */
function followsFork(
  draft: Draft,
  {
    change: { key, versionId, origin },
    resource,
    nodeId,
  }: { readonly change: ReplicaChange; readonly resource: Held; readonly nodeId: string },
): boolean {
  if (resource.apart === undefined) return false;
  if (versionId > Math.max(resource.apart, resource.n) && origin.owner !== nodeId) return false;
  const open = (draft.forks.get(toReference(key)) ?? []).filter(({ resolved }) => !resolved);
  return versionId > Math.min(...open.map(({ n }) => n));
}

/** Kept apart before, and its owner has written above it since. */
const isResolved = (draft: Draft, { key, versionId, hash }: ReplicaChange): boolean =>
  (draft.forks.get(toReference(key)) ?? []).some(
    (fork) => fork.resolved && fork.n === versionId && fork.hash === hash,
  );

function keepApart(
  draft: Draft,
  change: ReplicaChange,
  { resource, reason }: { readonly resource: Held; readonly reason: string },
): void {
  const key = toReference(change.key);
  const forks = draft.forks.get(key) ?? [];
  const { versionId: n, hash } = change;
  if (!forks.some((fork) => fork.n === n && fork.hash === hash)) {
    const fork = { _id: `${key}/${String(n)}/${hash}`, key, n, hash, resolved: false };
    set(draft, draft.forks, [key, [...forks, fork]]);
    set(draft, draft.writes.forks, [key, [...forks, fork]]);
  }
  const apart = Math.max(resource.apart ?? 0, n);
  const next = { ...resource, apart };
  set(draft, draft.resources, [key, next]);
  const written = draft.writes.resources.get(key);
  if (written) set(draft, draft.writes.resources, [key, { ...written, apart }]);
  set(draft, draft.writes.apart, [key, true]);
  noteException(draft, { ...exceptionOf(change, 'fork', reason), hash, body: bodyOf(change) });
}

function exceptionOf(change: ReplicaChange, kind: 'fork' | 'foreign-owner', reason: string) {
  return {
    stream: `from:${change.origin.receivedFrom}`,
    key: change.key,
    versionId: change.versionId,
    kind,
    reason,
  };
}
