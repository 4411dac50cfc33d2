import type { ResourceKey } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import type { SearchQuery } from '../fhir/search/search-expression.js';
import type {
  Block,
  BlockRequest,
  Enrolled,
  Enrolment,
  EnrolmentCount,
  UnmatchablePage,
} from './enrolment.js';
import type {
  ExceptionRow,
  ExceptionQuery,
  DigestScope,
  DigestRow,
  VersionList,
  CountRow,
  CountQuery,
  AuditRow,
  AuditQuery,
} from './ledger.js';

export type * from './enrolment.js';
export type * from './ledger.js';

/**
 * The only way to a node's data. No transaction callback: a write is a list of changes with expectations, so it can't
 * interleave or be half seen. Every method rejects with FhirError `busy` when the store can't be reached or is closing.
 */
export interface Store {
  /**
   * Opens; migrates forward or says what is to be prepared. Rejects with the reason where the data can't be used by this
   * process: held by another one, or another node's.
   */
  open(): Promise<void>;
  /** Commits what is queued, then closes. */
  close(): Promise<void>;
  /** Resolves when the store answers. While it is failing, a small commit is tried, so that it recovers without traffic. */
  ping(): Promise<void>;
  status(): Promise<StoreStatus>;

  /** Current versions in the order of the keys, tombstones included; undefined where nothing was ever held. */
  read(keys: readonly ResourceKey[]): Promise<readonly (StoredVersion | undefined)[]>;
  readVersion(key: ResourceKey, versionId: number): Promise<StoredVersion | undefined>;
  /** Newest arrival first. */
  history(scope: HistoryScope, page: HistoryPage): Promise<HistoryResult>;
  search(query: SearchQuery): Promise<SearchResult>;
  /** Number of current, not deleted resources a type. */
  countByType(): Promise<ReadonlyMap<string, number>>;

  /** Atomic and durable when it resolves. What was refused changed nothing. */
  commit(unit: CommitUnit): Promise<CommitResult>;

  /** Versions of one lane in the order of arrival, after a position. */
  readLog(request: LogRequest): Promise<LogPage>;
  /**
   * Called after every commit that appended to the log, soon after one of another process on the same store. Returns how
   * to stop it.
   */
  watch(listener: () => void): () => void;
  /** The log's version at `sequence`, to tell whether a position is of this log. */
  positionAt(sequence: number): Promise<Position | undefined>;
  cursor(name: string): Promise<Position | undefined>;
  /** Undefined where nobody ever had it. */
  lease(name: string): Promise<Lease | undefined>;
  /** Timers due at or before `now` (ISO instant), the earliest first. */
  dueTimers(request: { readonly now: string; readonly limit: number }): Promise<readonly Timer[]>;
  outcomeOf(principal: string, requestId: string): Promise<OnceRecord | undefined>;
  exceptions(query: ExceptionQuery): Promise<readonly ExceptionRow[]>;
  /** Exceptions that stand, by kind: resolved forks left out, at most 10,000 of a kind counted. */
  countExceptions(): Promise<ReadonlyMap<ExceptionRow['kind'], number>>;
  /** Every version held, summed by owner × source × type × day × labels. */
  digests(scope: DigestScope): Promise<readonly DigestRow[]>;
  /** The versions behind digest rows, by id and versionId. */
  versionsOf(
    scope: DigestScope,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<VersionList>;
  counts(query: CountQuery): Promise<readonly CountRow[]>;
  readAudit(query: AuditQuery): Promise<readonly AuditRow[]>;
  /** Who is enrolled with each blocking key, in the order of the keys. */
  blocks(request: BlockRequest): Promise<readonly Block[]>;
  /** What is enrolled of Patients, in the order of the ids. */
  enrolled(ids: readonly string[]): Promise<readonly (Enrolled | undefined)[]>;
  /** Of all that are enrolled, by division, source, verified and matchable, in this order. */
  countEnrolled(): Promise<readonly EnrolmentCount[]>;
  /** Ids of enrolled Patients with nothing to match on, in the order in which they first arrived. */
  unmatchable(page: UnmatchablePage): Promise<readonly string[]>;
  /** Writes a consistent copy of the running store to a new file or folder. */
  backup(target: string): Promise<void>;
}

export interface StoreStatus {
  readonly schema: number;
  /** Drawn at random when the store was made, and anew when it found itself restored. */
  readonly incarnation: string;
  /** Older incarnations with the last sequence that this log shares with them. */
  readonly lineage: readonly { readonly incarnation: string; readonly lastSequence: number }[];
  /** `restored`: refuses clients' writes until what was lost has been pulled back, or the loss accepted. */
  readonly state: 'normal' | 'restored';
  readonly lastSequence: number;
  /** The data lie in another file than the one they were last used in: a restored backup, a copy, or moved. */
  readonly copied?: true;
  /** A commit failed because the disk is full, failing or locked, and none has succeeded since with room for more. */
  readonly failing?: true;
}

/** One version, current or old. */
export interface StoredVersion {
  readonly key: ResourceKey;
  readonly versionId: number;
  /** ISO instant with milliseconds, `2026-11-24T03:04:05.678Z`; the owner's. */
  readonly lastUpdated: string;
  /** ISO instant of the arrival here, never decreasing along the log. */
  readonly arrivedAt: string;
  readonly deleted: boolean;
  /** Compact JSON text, '' when deleted. */
  readonly body: string;
  /** SHA-256, lower-case hexadecimal, of the body's UTF-8; for a delete of `Type/id/versionId/lastUpdated`. */
  readonly hash: string;
  readonly origin: Origin;
  readonly routing: Routing;
  /** From `read` only: the highest version kept apart with an open fork. The owner's next version goes above it. */
  readonly keptApart?: number;
}

export interface Origin {
  /** Node that minted the record and alone writes it. */
  readonly owner: string;
  /** Institution that sent it to the owner. */
  readonly source: string;
  /** Peer or client that brought it here. */
  readonly receivedFrom: string;
  readonly lane: Lane;
}

/** What a policy decides from, beside key and origin. */
export interface Routing {
  readonly profiles: readonly string[];
  /** Codes of `meta.security`, `system|code`. */
  readonly labels: readonly string[];
}

export interface Position {
  readonly incarnation: string;
  /** Without gaps, from 1; 0 is before everything. */
  readonly sequence: number;
  /** Hash of the version at `sequence`, '' at 0. */
  readonly hash: string;
}

/**
 * Who has a job among the processes on one store. It lapses when it is not renewed for a while that each process measures
 * by itself, so that no clocks are compared.
 */
export interface Lease {
  /** A name drawn at random, '' when it was given back. */
  readonly holder: string;
  /** How often it was taken or renewed. */
  readonly renewals: number;
}

/** An event that comes to a Task at a time. */
export interface Timer {
  readonly id: string;
  readonly key: ResourceKey;
  readonly event: string;
  /** ISO instant. */
  readonly dueAt: string;
}

export interface CommitUnit {
  readonly changes: readonly Change[];
  readonly guards: readonly Guard[];
  readonly once?: OnceRecord;
  /** Replicas of this node's own records are taken as in state `restored`; only for what this node has asked for. */
  readonly ownReturn?: true;
}

export type Change =
  | PutChange
  | DeleteChange
  | ReplicaChange
  | {
      readonly kind: 'move-cursor';
      readonly name: string;
      readonly from: Position | undefined;
      readonly to: Position;
    }
  /** Takes, renews or (with holder '') gives back a lease. Fails its unit where `seen` is not what stands. */
  | {
      readonly kind: 'lease';
      readonly name: string;
      readonly holder: string;
      readonly seen: Lease | undefined;
    }
  /** In the place of one with the same id. */
  | { readonly kind: 'set-timer'; readonly timer: Timer }
  /** Fails its unit where `dueAt` is given and no timer of that id and time stands: it has fired, or was set anew. */
  | { readonly kind: 'clear-timer'; readonly id: string; readonly dueAt?: string }
  /** In the place of an earlier one. A key of which nothing is held, or no Patient's, is a fault of the program. */
  | { readonly kind: 'enrol'; readonly key: ResourceKey; readonly enrolment: Enrolment }
  /** No effect where nothing is enrolled. A delete of the Patient withdraws nothing by itself. */
  | { readonly kind: 'withdraw'; readonly key: ResourceKey }
  | { readonly kind: 'exception'; readonly exception: Omit<ExceptionRow, 'at'> }
  | {
      readonly kind: 'clear-exception';
      readonly stream: string;
      readonly key: ResourceKey;
      readonly versionId: number;
      /** Absent: of every kind. */
      readonly only?: ExceptionRow['kind'];
    }
  | { readonly kind: 'count'; readonly count: CountRow }
  | { readonly kind: 'audit'; readonly event: AuditRow }
  /** Draws a new incarnation: the log is known to agree with the old one up to `lastSequence`. Sets state `restored`. */
  | { readonly kind: 'restored'; readonly lastSequence: number }
  /** Ends state `restored`. */
  | { readonly kind: 'recovered' }
  /** Ends `copied`: this file is the node's data from now on. */
  | { readonly kind: 'accept-file' }
  | { readonly kind: 'prune-once'; readonly before: string };

interface VersionFields {
  readonly key: ResourceKey;
  readonly versionId: number;
  readonly lastUpdated: string;
  readonly hash: string;
  readonly origin: Origin;
  readonly routing: Routing;
}

/** An own write. Counted in series `accepted`. Fails its unit where the current version is another than expected. */
export interface PutChange extends VersionFields {
  readonly kind: 'put';
  /** `never`: no version was ever held; a number: that version (a tombstone included) is current. */
  readonly expect: 'never' | number;
  readonly body: string;
  /** Encoded index entries (fhir/search/index-codec.ts). */
  readonly index: Uint8Array;
}

/** An own delete: a version without a body. Counted in series `accepted`. */
export interface DeleteChange extends VersionFields {
  readonly kind: 'delete';
  readonly expect: number;
}

/**
 * A version that another node owns (or, in state `restored` or a unit with `ownReturn`, an own one that comes back).
 * Never fails its unit: its outcome is `stored`, `held` (already here, same hash, or kept apart with a fork that is
 * resolved), `fork` (same versionId, other hash, or later than a fork: kept apart; an own one that comes back later than
 * a fork never resolves it), or `foreign-owner` (the key is held here of another owner). Only a version above the current one re-indexes.
 * What is stored counts in series `replicated`.
 */
export interface ReplicaChange extends VersionFields {
  readonly kind: 'replica';
  readonly deleted: boolean;
  readonly body: string;
  readonly index: Uint8Array;
}

export type Guard =
  | { readonly kind: 'unchanged'; readonly key: ResourceKey; readonly versionId: number }
  /** The query's matches are exactly these keys; empty: nothing matches (conditional create). */
  | { readonly kind: 'matches-exactly'; readonly query: SearchQuery; readonly keys: readonly ResourceKey[] };

/** The answer to one client request, kept 7 days so that a repeat changes nothing and gets the same answer. */
export interface OnceRecord {
  readonly principal: string;
  readonly requestId: string;
  /** SHA-256 of method, path, preconditions and body. */
  readonly digest: string;
  readonly at: string;
  readonly outcomes: readonly OnceOutcome[];
}

export interface OnceOutcome {
  readonly key: ResourceKey;
  readonly versionId: number;
  /** HTTP status of the entry or request. */
  readonly status: number;
}

export type CommitResult =
  | { readonly ok: true; readonly outcomes: readonly ChangeOutcome[]; readonly lastSequence: number }
  | { readonly ok: false; readonly failed: CommitFailure };

/** One a change, in their order. */
export type ChangeOutcome = 'stored' | 'held' | 'fork' | 'foreign-owner' | 'done';

export type CommitFailure =
  | {
      readonly reason: 'version';
      readonly change: number;
      readonly key: ResourceKey;
      readonly current: number | undefined;
      readonly owner?: string;
    }
  | { readonly reason: 'guard'; readonly guard: number }
  | { readonly reason: 'cursor'; readonly name: string; readonly current: Position | undefined }
  | { readonly reason: 'lease'; readonly name: string; readonly current: Lease | undefined }
  | { readonly reason: 'timer'; readonly id: string }
  | { readonly reason: 'once'; readonly record: OnceRecord }
  /** The store is in state `restored` and the unit holds an own write. */
  | { readonly reason: 'restored' };

export type HistoryScope =
  | { readonly kind: 'instance'; readonly key: ResourceKey }
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'system' };

/** A page of large versions may end before its limit, with a next cursor. */
export interface HistoryPage {
  /** ISO instant: arrival at or after. */
  readonly since?: string;
  readonly cursor?: string;
  readonly limit: number;
}

export interface HistoryResult {
  readonly versions: readonly StoredVersion[];
  readonly nextCursor?: string;
  /** Versions in the scope, `since` applied. */
  readonly total: number;
}

/** What a page shows of a current version; `read` gives the rest of it. */
export type SearchMatch = Pick<StoredVersion, 'key' | 'body'>;

export interface SearchResult {
  readonly matches: readonly SearchMatch[];
  readonly nextCursor?: string;
  readonly total?: number;
}

export interface LogRequest {
  readonly lane: Lane;
  /** Sequence after which to read. */
  readonly after: number;
  readonly limit: number;
  /** Stop when the bodies of the page reach so many bytes; the first version is always given. */
  readonly maxBytes: number;
}

export interface LogPage {
  readonly entries: readonly (StoredVersion & { readonly position: Position })[];
  /** How far this page has looked: the position of the whole log when it was read, or of its last entry when it was cut. */
  readonly upTo: Position;
}
