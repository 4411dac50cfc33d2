import type { ResourceKey } from '../fhir/key.js';

/* What a store keeps beside versions: exceptions of streams, digests, counts, audit rows, and how they are asked for. */

/** A version that was refused, flagged, forked or misses a predecessor, at a stream. */
export interface ExceptionRow {
  readonly stream: string;
  readonly key: ResourceKey;
  readonly versionId: number;
  readonly kind: 'refused' | 'invalid' | 'fork' | 'gap' | 'foreign-owner';
  /** Says why, without names, identifiers or bodies. Of a fork that its owner has written above: `resolved by version N`. */
  readonly reason: string;
  readonly at: string;
  /** Kept apart with a fork: its body and hash. */
  readonly hash?: string;
  readonly body?: string;
}

export interface ExceptionQuery {
  readonly stream?: string;
  readonly kind?: ExceptionRow['kind'];
  readonly key?: ResourceKey;
  readonly limit: number;
}

export interface DigestScope {
  readonly owner?: string;
  readonly source?: string;
  readonly type?: string;
  /** YYYY-MM-DD of the owner's lastUpdated in Asia/Shanghai. */
  readonly day?: string;
}

export interface DigestRow {
  readonly owner: string;
  readonly source: string;
  readonly type: string;
  readonly day: string;
  /** Security labels, sorted, that all versions of this sum have; absent where an adapter doesn't tell them apart. */
  readonly labels?: readonly string[];
  readonly n: number;
  /** Sums modulo 2^32 of the first and the second 32 bits of SHA-256(`Type/id/versionId/hash`). */
  readonly digest: readonly [number, number];
}

export interface VersionList {
  readonly versions: readonly {
    readonly key: ResourceKey;
    readonly versionId: number;
    readonly hash: string;
    readonly labels: readonly string[];
  }[];
  readonly next?: string;
}

export type CountSeries = 'accepted' | 'refused' | 'replicated' | 'reported' | 'acknowledged';

/** Added to what stands under the same series, day, type, source and peer. */
export interface CountRow {
  readonly series: CountSeries;
  /** YYYY-MM-DD in Asia/Shanghai, of the counting. */
  readonly day: string;
  readonly type: string;
  readonly source: string;
  /** Peer or client on the other side. */
  readonly peer: string;
  readonly n: number;
  readonly bytes: number;
}

export interface CountQuery {
  readonly from?: string;
  readonly to?: string;
  readonly series?: CountSeries;
}

/** Who did what to whose record. */
export interface AuditRow {
  readonly at: string;
  /** `create`, `update`, `delete`, `batch`, `transaction`, `replicate`, `sign-in`, `refuse`, `merge`, `unmerge`, `link`, `unlink`, `decide`. */
  readonly action: string;
  readonly principal: string;
  /** `Type/id` where there is one, else ''. */
  readonly target: string;
  /** HTTP status. */
  readonly status: number;
  readonly requestId: string;
}

export interface AuditQuery {
  readonly principal?: string;
  readonly target?: string;
  readonly action?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}
