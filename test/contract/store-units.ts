import { createHash } from 'node:crypto';

import { expect } from 'chai';

import type { ResourceKey } from '../../src/fhir/key.js';
import { lanes, laneOf } from '../../src/fhir/lane.js';
import { encodeIndex } from '../../src/fhir/search/index-codec.js';
import type { IndexEntry } from '../../src/fhir/search/index-entry.js';
import type { SearchExpression, SearchQuery } from '../../src/fhir/search/search-expression.js';
import type {
  Change,
  ChangeOutcome,
  CommitFailure,
  CommitUnit,
  DeleteChange,
  PutChange,
  ReplicaChange,
  Store,
  StoredVersion,
} from '../../src/ports/store.js';

/*
 * Short forms of what the suites write. Times are given as seconds after `dayStart`.
 */
export const dayStart = Date.UTC(2026, 10, 24);
export const at = (seconds: number): string => new Date(dayStart + seconds * 1000).toISOString();
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface VersionSpec {
  readonly type?: string;
  readonly id: string;
  readonly versionId?: number;
  readonly seconds?: number;
  readonly text?: string;
  readonly owner?: string;
  readonly source?: string;
  readonly from?: string;
  readonly labels?: readonly string[];
  readonly entries?: readonly IndexEntry[];
}

function fieldsOf(spec: VersionSpec) {
  const { type = 'Observation', id, versionId = 1, seconds = 0, owner = 'node-a' } = spec;
  return {
    key: { type, id },
    versionId,
    lastUpdated: at(seconds),
    origin: {
      owner,
      source: spec.source ?? 'hospital-1',
      receivedFrom: spec.from ?? 'client-1',
      lane: laneOf(type),
    },
    routing: { profiles: [], labels: spec.labels ?? [] },
  };
}

export function bodyOf(spec: VersionSpec): string {
  const { type = 'Observation', id, versionId = 1, text = '' } = spec;
  return JSON.stringify({ resourceType: type, id, meta: { versionId: String(versionId) }, text });
}

const deleteHash = ({ key, versionId, lastUpdated }: ReturnType<typeof fieldsOf>): string =>
  sha256(`${key.type}/${key.id}/${String(versionId)}/${lastUpdated}`);

/** A first version, or with a `versionId` above 1 the one that follows the version before. */
export function put(spec: VersionSpec, expected?: PutChange['expect']): PutChange {
  const { versionId = 1, entries = [] } = spec;
  const body = bodyOf(spec);
  const expect = expected ?? (versionId === 1 ? 'never' : versionId - 1);
  return { kind: 'put', ...fieldsOf(spec), expect, body, hash: sha256(body), index: encodeIndex(entries) };
}

export function remove(spec: VersionSpec & { readonly versionId: number }): DeleteChange {
  const fields = fieldsOf(spec);
  return { kind: 'delete', ...fields, expect: spec.versionId - 1, hash: deleteHash(fields) };
}

export function replica(spec: VersionSpec): ReplicaChange {
  const body = bodyOf(spec);
  const fields = fieldsOf({ owner: 'node-b', from: 'node-b', ...spec });
  const index = encodeIndex(spec.entries ?? []);
  return { kind: 'replica', ...fields, deleted: false, body, hash: sha256(body), index };
}

export function removedReplica(spec: VersionSpec): ReplicaChange {
  const fields = fieldsOf({ owner: 'node-b', from: 'node-b', ...spec });
  return {
    kind: 'replica',
    ...fields,
    deleted: true,
    body: '',
    hash: deleteHash(fields),
    index: encodeIndex([]),
  };
}

export const token = (code: string, value: string, system = ''): IndexEntry => ({
  code,
  kind: 'token',
  ordinal: 0,
  system,
  value,
});

export const hasToken = (code: string, value: string): SearchExpression => ({
  kind: 'param',
  code,
  test: { kind: 'token', value },
});

export const everything: SearchExpression = { kind: 'and', of: [] };

export const query = (where: SearchExpression, more: Partial<SearchQuery> = {}): SearchQuery => ({
  type: 'Observation',
  where,
  sort: { by: 'first-arrival', descending: false },
  limit: 100,
  total: 'none',
  ...more,
});

export const keyOf = (id: string, type = 'Observation'): ResourceKey => ({ type, id });

export const unitOf = (...changes: Change[]): CommitUnit => ({ changes, guards: [] });

/** Commits what must be taken; answers the outcomes. */
export async function commit(store: Store, ...changes: Change[]): Promise<readonly ChangeOutcome[]> {
  return commitUnit(store, unitOf(...changes));
}

export async function commitUnit(store: Store, unit: CommitUnit): Promise<readonly ChangeOutcome[]> {
  const result = await store.commit(unit);
  if (!result.ok) expect.fail(`refused: ${JSON.stringify(result.failed)}`);
  return result.outcomes;
}

/** Commits what must be refused, and proves that nothing of the store has changed; answers the reason. */
export async function refused(store: Store, unit: CommitUnit): Promise<CommitFailure> {
  const before = await contentOf(store, unit);
  const result = await store.commit(unit);
  if (result.ok) return expect.fail('was taken');
  expect(await contentOf(store, unit)).to.deep.equal(before);
  return result.failed;
}

/** All that can be seen of a store, and of what the unit would have written. */
async function contentOf(store: Store, unit: CommitUnit): Promise<unknown> {
  const logs = [];
  for (const lane of lanes) {
    logs.push(await store.readLog({ lane, after: 0, limit: 100_000, maxBytes: Number.MAX_SAFE_INTEGER }));
  }
  const types = [...(await store.countByType()).keys()].sort();
  const searches = [];
  for (const type of types) searches.push(await idsOf(store, query(everything, { type, limit: 100_000 })));
  const cursors = [];
  const enrolments = [];
  for (const change of unit.changes) {
    if (change.kind === 'move-cursor') cursors.push(await store.cursor(change.name));
    if (change.kind !== 'enrol') continue;
    const { blockingKeys: keys } = change.enrolment;
    enrolments.push(await store.enrolled([change.key.id]), await store.blocks({ keys, limit: 1_000 }));
  }
  return {
    status: await store.status(),
    logs,
    types,
    searches,
    cursors,
    enrolments,
    enrolled: await store.countEnrolled(),
    unmatchable: await store.unmatchable({ limit: 100_000 }),
    once: unit.once && (await store.outcomeOf(unit.once.principal, unit.once.requestId)),
    exceptions: await store.exceptions({ limit: 100_000 }),
    digests: await store.digests({}),
    counts: await store.counts({}),
    audit: await store.readAudit({ limit: 100_000 }),
  };
}

export async function idsOf(store: Store, of: SearchQuery): Promise<string[]> {
  const { matches } = await store.search(of);
  return matches.map(({ key }) => key.id);
}

/** Ids of all pages, one after the other; at most `mostPages`. */
export async function allPages(store: Store, of: SearchQuery, mostPages = 10_000): Promise<string[]> {
  const ids: string[] = [];
  let page = await store.search(of);
  for (let pages = 1; ; pages += 1) {
    ids.push(...page.matches.map(({ key }) => key.id));
    if (page.nextCursor === undefined) return ids;
    if (pages === mostPages) expect.fail('the pages do not end');
    page = await store.search({ ...of, cursor: page.nextCursor });
  }
}

export const named = (versions: readonly StoredVersion[]): string[] =>
  versions.map(({ key, versionId }) => `${key.id}/${String(versionId)}`);
