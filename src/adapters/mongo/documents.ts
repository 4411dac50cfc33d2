import type { mongo } from 'mongoose';

import type { ResourceKey } from '../../fhir/key.js';
import type { Lane } from '../../fhir/lane.js';
import type { ExceptionRow, OnceOutcome, StoreStatus } from '../../ports/store.js';

/*
 * What lies in the collections. Instants are milliseconds since the epoch, days are days since the epoch in
 * Asia/Shanghai. `key` is `Type/id`. `_id` of a resource, its rid, numbers resources by first arrival.
 */

/** Bumped where documents change their form. */
export const schemaNumber = 1;

/** One document, changed by every commit: it makes commits follow each other, whichever process makes them. */
export interface MetaDoc {
  readonly _id: 'store';
  schema: number;
  incarnation: string;
  lineage: StoreStatus['lineage'];
  state: StoreStatus['state'];
  lastSequence: number;
  lastHash: string;
  lastRid: number;
  lastArrival: number;
  lastException: number;
  lastAudit: number;
  /** Where the data lie; another place means a copy. */
  place: string;
  /** Each process's last transaction and when it began, so that one whose answer was lost can be told from one that failed. */
  commits: Readonly<Record<string, { readonly token: string; readonly at: number }>>;
  /** The node whose store this is; '' until the first one opens it. */
  node: string;
}

/** One version: the change log itself, by sequence without gaps. */
export interface VersionDoc {
  readonly _id: number;
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly n: number;
  readonly lane: Lane;
  readonly updated: number;
  readonly arrived: number;
  readonly deleted: boolean;
  readonly owner: string;
  readonly source: string;
  readonly from: string;
  readonly profiles: readonly string[];
  readonly labels: readonly string[];
  readonly hash: string;
  readonly body: string;
  readonly day: number;
  /** The two halves of the version's digest. */
  readonly first: number;
  readonly second: number;
  /** Of the current version: the highest one kept apart with an open fork. */
  readonly apart?: number;
}

/** The current state of a resource and what it is found by. */
export interface ResourceDoc {
  readonly _id: number;
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly seq: number;
  readonly n: number;
  readonly updated: number;
  readonly deleted: boolean;
  readonly owner: string;
  readonly apart?: number;
  /** Keys of index-keys.ts. */
  readonly k: readonly string[];
  readonly r: readonly RangeDoc[];
  readonly c: readonly ElementDoc[];
}

/** A date, number or quantity entry: `p` its parameter and kind, hashes of system and unit code, `w` of both units. */
export interface RangeDoc {
  readonly p: string;
  readonly l: number;
  readonly h: number;
  readonly s?: string;
  readonly v?: string;
  readonly w?: readonly string[];
}

/** The entries of one element of a composite parameter. */
export interface ElementDoc {
  readonly p: string;
  readonly k: readonly string[];
  readonly r: readonly RangeDoc[];
}

/** A resource's place in the order of one of its date parameters. */
export interface DateDoc {
  readonly _id: string;
  readonly p: string;
  readonly rid: number;
  readonly low: number;
  readonly high: number;
}

export interface ForkDoc {
  readonly _id: string;
  readonly key: string;
  readonly n: number;
  readonly hash: string;
  readonly resolved: boolean;
}

export interface ExceptionDoc {
  readonly _id: string;
  readonly order: number;
  readonly stream: string;
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly n: number;
  readonly kind: ExceptionRow['kind'];
  readonly reason: string;
  readonly at: number;
  readonly hash?: string;
  readonly body?: string;
}

export interface CursorDoc {
  readonly _id: string;
  readonly incarnation: string;
  readonly sequence: number;
  readonly hash: string;
}

/** A process that is alive: counts up each second. `_id` names its session. */
export interface WriterDoc {
  readonly _id: string;
  readonly session: mongo.BSON.Binary;
  readonly beats: number;
}

export interface LeaseDoc {
  readonly _id: string;
  readonly holder: string;
  readonly renewals: number;
}

export interface TimerDoc {
  readonly _id: string;
  readonly key: ResourceKey;
  readonly event: string;
  readonly due: number;
}

/** `_id` is the Patient's rid, `id` its id; `k` hashes of the blocking keys. */
export interface EnrolmentDoc extends EnrolmentGroup {
  readonly _id: number;
  readonly id: string;
  readonly n: number;
  readonly facts: string;
  readonly k: readonly string[];
}

/** What an enrolment is counted by. */
export interface EnrolmentGroup {
  readonly division: string;
  readonly source: string;
  readonly verified: boolean;
  readonly matchable: boolean;
}

/** A sum over enrolments, kept with every change of them: a count reads a few documents, whatever the store holds. */
export interface EnrolmentCountDoc extends EnrolmentGroup {
  readonly _id: string;
  readonly n: number;
}

export interface OnceDoc {
  readonly _id: string;
  readonly principal: string;
  readonly requestId: string;
  readonly digest: string;
  readonly at: number;
  readonly outcomes: readonly OnceOutcome[];
}

export interface CountDoc {
  readonly _id: string;
  readonly series: string;
  readonly day: number;
  readonly type: string;
  readonly source: string;
  readonly peer: string;
  readonly n: number;
  readonly bytes: number;
}

export interface AuditDoc {
  readonly _id: number;
  readonly at: number;
  readonly action: string;
  readonly principal: string;
  readonly target: string;
  readonly status: number;
  readonly requestId: string;
}
