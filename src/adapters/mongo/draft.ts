import type { ResourceKey } from '../../fhir/key.js';
import { toReference } from '../../fhir/key.js';
import type { Lease, Position, Timer } from '../../ports/store.js';
import type { CountSums } from './counts.js';
import type * as documents from './documents.js';
import type { ExceptionWrite } from './exceptions.js';

/** What a transaction has read of a resource, and what its units have made of it. */
export interface Held {
  readonly rid: number;
  readonly seq: number;
  readonly n: number;
  readonly deleted: boolean;
  readonly owner: string;
  readonly apart?: number;
}

/** What the transaction will write. */
export interface Writes {
  readonly versions: documents.VersionDoc[];
  /** Whole documents of what has a new current version, by key. */
  readonly resources: Map<string, documents.ResourceDoc>;
  readonly dates: Map<string, readonly documents.DateDoc[]>;
  /** Keys of resources of which a version was kept apart. */
  readonly apart: Map<string, true>;
  /** All of a resource, by key. */
  readonly forks: Map<string, readonly documents.ForkDoc[]>;
  readonly exceptions: ExceptionWrite[];
  readonly cursors: Map<string, Position>;
  readonly leases: Map<string, Lease>;
  /** Undefined: taken away. */
  readonly timers: Map<string, Timer | undefined>;
  /** By rid; undefined: withdrawn. */
  readonly enrolments: Map<number, documents.EnrolmentDoc | undefined>;
  readonly once: documents.OnceDoc[];
  readonly prunedOnce: number[];
  readonly counts: CountSums;
  readonly audit: documents.AuditDoc[];
}

/**
 * A group of units while it is planned, inside its transaction: what was read, and on top what its units have decided.
 * A refused unit is taken back; nothing is written before all are decided.
 */
export interface Draft {
  meta: documents.MetaDoc;
  readonly resources: Map<string, Held>;
  /** Keys of resources that were there before the group. */
  readonly known: Set<string>;
  /** Hashes of versions held, by versionName. */
  readonly hashes: Map<string, string>;
  readonly forks: Map<string, readonly documents.ForkDoc[]>;
  readonly cursors: Map<string, Position>;
  readonly leases: Map<string, Lease>;
  readonly timers: Map<string, Timer | undefined>;
  /** By rid, what stood before the group. */
  readonly enrolments: Map<number, documents.EnrolmentGroup>;
  readonly once: Map<string, documents.OnceDoc>;
  readonly writes: Writes;
  undo: (() => void)[];
}

export const newDraft = (meta: documents.MetaDoc): Draft => ({
  meta,
  resources: new Map(),
  known: new Set(),
  hashes: new Map(),
  forks: new Map(),
  cursors: new Map(),
  leases: new Map(),
  timers: new Map(),
  enrolments: new Map(),
  once: new Map(),
  writes: {
    versions: [],
    resources: new Map(),
    dates: new Map(),
    apart: new Map(),
    forks: new Map(),
    exceptions: [],
    cursors: new Map(),
    leases: new Map(),
    timers: new Map(),
    enrolments: new Map(),
    once: [],
    prunedOnce: [],
    counts: new Map(),
    audit: [],
  },
  undo: [],
});

export function beginUnit(draft: Draft): void {
  const before = { ...draft.meta };
  draft.undo = [() => void (draft.meta = before)];
}

export function takeBack(draft: Draft): void {
  for (const undo of draft.undo.reverse()) undo();
  draft.undo = [];
}

export function set<K, V>(draft: Draft, map: Map<K, V>, [key, value]: readonly [K, V]): void {
  const old = map.has(key) ? { value: map.get(key) as V } : undefined;
  draft.undo.push(() => void (old ? map.set(key, old.value) : map.delete(key)));
  map.set(key, value);
}

export function push<T>(draft: Draft, list: T[], item: T): void {
  draft.undo.push(() => void list.pop());
  list.push(item);
}

export const heldOf = (draft: Draft, key: ResourceKey): Held | undefined =>
  draft.resources.get(toReference(key));
