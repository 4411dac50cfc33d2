import type { IndexKind } from './index-entry.js';

export type SearchParameterType =
  'number' | 'date' | 'string' | 'token' | 'reference' | 'composite' | 'quantity' | 'uri' | 'special';

/** A standard R4 search parameter as it applies to one resource type (http://hl7.org/fhir/R4/searchparameter-registry.html). */
export interface SearchParameter {
  readonly code: string;
  readonly type: SearchParameterType;
  readonly url: string;
  /** Kinds of index entries that it can yield; empty for `special`. */
  readonly kinds: readonly IndexKind[];
  /** Resource types that a reference parameter may point to; empty when any. */
  readonly targets: readonly string[];
  /** Only for composites: their components in order, each with its own type. */
  readonly components: readonly SearchParameterComponent[];
}

export interface SearchParameterComponent {
  readonly type: SearchParameterType;
  readonly kinds: readonly IndexKind[];
  readonly targets: readonly string[];
}
