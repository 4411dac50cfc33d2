import type { VersionName } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import type { ReceiptException } from '../fhir/replicate-receipt.js';
import type { DigestRow, DigestScope, Position, VersionList } from './store.js';

/** Another node of the region, spoken to over HTTP. Nothing here throws: a failure is an answer. */
export interface Peer {
  /** Node id. */
  readonly id: string;
  /** How far the peer has received what this node sent, by lane. `started`: this node asks for the first time since it started. */
  positions(started: boolean): Promise<PeerAnswer<PeerPositions>>;
  /** Hands a $replicate Bundle over. */
  replicate(batch: OutgoingBatch): Promise<PeerAnswer<ReplicateReceipt>>;
  /** Sums of what the peer offers this node, or holds of what this node may send it. */
  digests(view: StreamView): Promise<PeerAnswer<readonly DigestRow[]>>;
  /** The versions behind those sums; `limit` at most 5,000. */
  versions(request: VersionsRequest): Promise<PeerAnswer<VersionList>>;
  /** Asks for versions of one lane as a $replicate Bundle without positions. */
  fetch(request: FetchRequest): Promise<PeerAnswer<FetchedVersions>>;
  /** What the peer has refused of this node's versions, at most 10,000 of a kind, its newest first. */
  refusals(): Promise<PeerAnswer<readonly RefusedVersion[]>>;
  /** The forks that the peer keeps apart from this node's versions, newest first, at most 10,000. */
  forks(): Promise<PeerAnswer<readonly KeptApart[]>>;
  /** Breaks off what is under way; every later call answers `unreachable`. */
  close(): void;
}

export type PeerAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: PeerFailure };

export interface PeerFailure {
  /**
   * `rejected`: the request itself is at fault (400, 413, 415, 422), so that the same again can't succeed. Everything
   * else may pass: `unreachable`, `timeout`, `cut` (the answer ended early, was too large or no readable answer),
   * `denied` (401, 403, 404, no token), `failed` (5xx, 429).
   */
  readonly kind: 'unreachable' | 'timeout' | 'cut' | 'denied' | 'rejected' | 'failed';
  readonly status?: number;
  /** From Retry-After. */
  readonly retryAfterMs?: number;
  /** Without addresses, names or bodies. */
  readonly reason: string;
}

export type PeerPositions = Readonly<Record<Lane, Position | undefined>>;

export interface OutgoingBatch {
  readonly lane: Lane;
  /** JSON text. */
  readonly text: string;
  /** This lane has nothing more to offer at the moment. */
  readonly complete: boolean;
}

export interface ReplicateReceipt {
  /** False where the batch does not begin at the peer's position: nothing of it was taken. */
  readonly taken: boolean;
  /** The peer's position in the batch's lane, from which the sender goes on; undefined where it has none. */
  readonly position: Position | undefined;
  /** Entries that the peer did not take, or took apart. */
  readonly exceptions: readonly RefusedVersion[];
}

export type RefusedVersion = ReceiptException;

/** A version of a fork; `reason` says whether its owner has written above it (ports/store.ts, ExceptionRow). */
export interface KeptApart extends VersionName {
  readonly hash: string;
  readonly reason: string;
}

/** `offered`: what the asked node lets go to the asking one. `held`: what it holds of the asking node's side. */
export type StreamView = 'offered' | 'held';

export interface VersionsRequest {
  readonly view: StreamView;
  readonly scope: DigestScope;
  readonly after?: string;
  readonly limit: number;
}

export interface FetchRequest {
  readonly view: StreamView;
  readonly lane: Lane;
  readonly versions: readonly VersionName[];
}

export interface FetchedVersions {
  /** $replicate Bundle; what the peer doesn't hold or doesn't let go is absent. */
  readonly text: string;
  /** So many of the asked versions, from the first on, were looked at; the rest did not fit. At least 1. */
  readonly looked: number;
  /** Indices among those asked of what is held there but not let go. */
  readonly withheld: readonly number[];
}
