import type { Issue } from '../fhir/issue.js';
import type { ResourceKey } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import type { Routing } from './store.js';

/**
 * Text in, rows out: everything that costs processor time for a body, so that it can run on the ingest worker. Small
 * bodies run on the calling thread. Rejects with FhirError `busy` when the bodies already admitted exceed the limit.
 */
export interface Ingest {
  /** One resource of a create or update. */
  prepare(request: PrepareRequest): Promise<PrepareResult>;
  /** Reads a batch or transaction Bundle and tells what must be looked up. The bundle is held until closed or dropped. */
  openBundle(text: string): Promise<OpenBundleResult>;
  /** Rewrites references, validates and indexes the resources of an open bundle. May be called again after a lost race. */
  prepareBundle(handle: number, decisions: BundleDecisions): Promise<PrepareBundleResult>;
  dropBundle(handle: number): void;
  /** Reads a $replicate Bundle. Malformed: issues. */
  prepareReplicas(text: string): Promise<ReplicaBatchResult>;
  close(): Promise<void>;
}

export interface PrepareRequest {
  readonly text: string;
  /** Type in the URL. */
  readonly type: string;
  /** Absent for a create whose id is still to be minted by the caller after a look at `text`; the body's own id is then ignored. */
  readonly stamp: Stamp;
  /** For an update: the body's `id` must equal the stamp's. For a create a client's id is dropped. */
  readonly interaction: 'create' | 'update';
  /** The version that an update replaces; an equal body answers `unchanged`. */
  readonly current?: { readonly body: string; readonly versionId: number; readonly lastUpdated: string };
}

/** What this server writes into a body: top-level `id`, `meta.versionId` and `meta.lastUpdated`. */
export interface Stamp {
  readonly id: string;
  readonly versionId: number;
  readonly lastUpdated: string;
}

export type PrepareResult =
  | { readonly outcome: 'prepared'; readonly record: PreparedRecord }
  | { readonly outcome: 'unchanged' }
  | {
      readonly outcome: 'invalid';
      readonly category: 'malformed' | 'business-rule';
      readonly issues: readonly Issue[];
    };

/** Valid, stamped, indexed: ready to be put. */
export interface PreparedRecord {
  readonly key: ResourceKey;
  readonly stamp: Stamp;
  readonly body: string;
  readonly hash: string;
  readonly index: Uint8Array;
  readonly routing: Routing;
  /** Literal relative references that must exist here, without duplicates; none in a Bundle, where they are told for all. */
  readonly references: readonly ResourceKey[];
}

export type OpenBundleResult =
  | { readonly outcome: 'open'; readonly handle: number; readonly bundle: OpenBundle }
  | { readonly outcome: 'invalid'; readonly issues: readonly Issue[] };

export interface OpenBundle {
  readonly type: 'batch' | 'transaction';
  readonly entries: readonly BundleEntry[];
  /** Distinct conditional references, `Practitioner?identifier=…`, found in the resources of the entries. */
  readonly conditionalReferences: readonly string[];
}

/** One entry's request (http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request). */
export interface BundleEntry {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** As given, e.g. `Patient/123`, `Patient?identifier=…`. */
  readonly url: string;
  readonly fullUrl?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifNoneExist?: string;
  /** resourceType of entry.resource, when there is one. */
  readonly resourceType?: string;
  /** id of entry.resource, when there is one: a conditional update is held against it. */
  readonly resourceId?: string;
  /** Compact text of entry.resource; only for a batch, whose entries are carried out one by one. */
  readonly resource?: string;
}

export interface BundleDecisions {
  /** By entry index: the stamp of what is written, or the key that an entry resolves to without a write (matched conditional create). */
  readonly entries: readonly EntryDecision[];
  /** Conditional reference → `Type/id`. */
  readonly references: ReadonlyMap<string, string>;
}

export type EntryDecision =
  | {
      readonly kind: 'write';
      readonly key: ResourceKey;
      readonly stamp: Stamp;
      readonly current?: PrepareRequest['current'];
    }
  | { readonly kind: 'resolved'; readonly key: ResourceKey }
  | { readonly kind: 'none' };

export type PrepareBundleResult =
  | {
      readonly outcome: 'prepared';
      /** By entry index; `unchanged` for an update equal to its current version, undefined where nothing is written. */
      readonly records: readonly (PreparedRecord | 'unchanged' | undefined)[];
      /** References to resources outside the bundle that must exist here. */
      readonly references: readonly ResourceKey[];
    }
  | {
      readonly outcome: 'invalid';
      readonly category: 'malformed' | 'business-rule';
      readonly issues: readonly Issue[];
    };

export type ReplicaBatchResult =
  | { readonly outcome: 'read'; readonly batch: ReplicaBatch }
  | { readonly outcome: 'invalid'; readonly issues: readonly Issue[] };

export interface ReplicaBatch {
  readonly lane: Lane;
  /** Sender's positions, absent in a repair or fill, which moves no cursor. */
  readonly from?: WirePosition;
  readonly to?: WirePosition;
  readonly entries: readonly PreparedReplica[];
}

export interface WirePosition {
  readonly incarnation: string;
  readonly sequence: number;
  readonly hash: string;
}

/** A version as another node sent it; `body` is its exact text. */
export interface PreparedReplica {
  readonly key: ResourceKey;
  readonly versionId: number;
  readonly lastUpdated: string;
  readonly deleted: boolean;
  readonly body: string;
  /** Recomputed here. */
  readonly hash: string;
  readonly index: Uint8Array;
  readonly owner: string;
  readonly source: string;
  readonly routing: Routing;
  /** Says why where this must be refused (hash differs, id or version in the body differ, type unknown). */
  readonly refusal?: string;
  /** Faults found by validation here: kept and flagged. */
  readonly faults: readonly Issue[];
}
