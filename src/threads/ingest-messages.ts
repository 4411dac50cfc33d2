import type { Issue } from '../fhir/issue.js';
import type {
  BundleDecisions,
  OpenBundleResult,
  PrepareBundleResult,
  PrepareRequest,
  PrepareResult,
} from '../ports/ingest.js';
import type { PackedRecords, PackedReplicas } from './packed-rows.js';

/** What the ingest worker is started with. */
export interface IngestWorkerData {
  readonly base: string;
}

/** What the worker sends first, once it takes calls. */
export const READY = 'ready';

/** Sent to the worker; answered once under the same `call`, except `drop`. */
export type IngestRequest =
  | { readonly call: number; readonly kind: 'prepare'; readonly request: PrepareRequest }
  | { readonly call: number; readonly kind: 'open'; readonly handle: number; readonly text: string }
  | {
      readonly call: number;
      readonly kind: 'prepare-bundle';
      readonly handle: number;
      readonly decisions: BundleDecisions;
    }
  | { readonly call: number; readonly kind: 'replicas'; readonly text: string }
  | { readonly call: number; readonly kind: 'drop'; readonly handle: number };

export type Invalid = { readonly outcome: 'invalid'; readonly issues: readonly Issue[] };

/** What the worker answers, with rows packed. */
export type IngestAnswer =
  | { readonly kind: 'prepare'; readonly result: PrepareResult }
  | { readonly kind: 'open'; readonly result: OpenBundleResult }
  | { readonly kind: 'prepare-bundle'; readonly result: PackedBundleResult | undefined }
  | { readonly kind: 'replicas'; readonly result: PackedReplicas | Invalid }
  /** The worker's code failed; says where, without content. */
  | { readonly kind: 'failed'; readonly stack: string };

export type PackedBundleResult =
  | Extract<PrepareBundleResult, { outcome: 'invalid' }>
  | { readonly outcome: 'packed'; readonly records: PackedRecords };

export interface IngestReply {
  readonly call: number;
  readonly answer: IngestAnswer;
}
