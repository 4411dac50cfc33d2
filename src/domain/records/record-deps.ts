import type { Principal } from '../../auth/principal.js';
import type { Permission } from '../../auth/scope.js';
import type { ResourceKey } from '../../fhir/key.js';
import type { Clock } from '../../ports/clock.js';
import type { Ids } from '../../ports/ids.js';
import type { Ingest } from '../../ports/ingest.js';
import type { Store } from '../../ports/store.js';
import type { AuditTrail } from '../audit/index.js';
import type { WriteRule } from './write-rules.js';

export interface RecordDeps {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: AuditTrail;
  /** This node: owner of all that it accepts. */
  readonly nodeId: string;
  /** A node without parent and children: clients may choose any valid id. */
  readonly anyId: boolean;
  /** Throws FhirError `forbidden` unless the principal's scopes cover the permission on the type. */
  readonly authorize: (principal: Principal, type: string, permission: Permission) => void;
  /** Registered by higher modules; every own write must pass all of them. */
  readonly writeRules: readonly WriteRule[];
  readonly directory: Directory;
  readonly search: { readonly defaultCount: number; readonly maxCount: number };
  /** Registered by a higher module; without it the modifier `:mdm` is not offered. */
  readonly recordsOfPerson?: RecordsOfPerson;
}

/** All records of the person that a Patient or a Person stands for; of an unknown one itself, or none. */
export type RecordsOfPerson = (key: ResourceKey) => Promise<PersonReferences>;

export interface PersonReferences {
  /** `Patient/id`. */
  readonly references: readonly string[];
  /** Found by this node alone: the identity domain has not spoken yet. */
  readonly provisional: boolean;
}

/** Where the directory types of this node come from. */
export interface Directory {
  readonly owner: 'self' | 'parent';
  /** Under `parent`: the first pass of the directory stream is through. */
  readonly ready: () => boolean;
}

/** Who asks, and how. */
export interface CallContext {
  readonly principal: Principal;
  /** As the client sent it, or made for it. */
  readonly requestId: string;
  /** FHIR base by which the client reached this node, without a slash at its end. */
  readonly base: string;
  readonly handling: 'strict' | 'lenient';
}

export interface WriteContext extends CallContext {
  /** Present when the client named its request: a repeat changes nothing and is answered as the first was. */
  readonly once?: { readonly requestId: string; readonly digest: string };
}

/** Preconditions of an update or delete, header values as sent. */
export interface Preconditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

export interface WriteAnswer {
  /** 201 made, 200 updated, unchanged or found, 204 deleted. */
  readonly status: 200 | 201 | 204;
  readonly key: ResourceKey;
  /** 0 where a delete met nothing. */
  readonly versionId: number;
  /** ISO instant, '' where a delete met nothing. */
  readonly lastUpdated: string;
  /** Stored text, '' after a delete. */
  readonly body: string;
}
