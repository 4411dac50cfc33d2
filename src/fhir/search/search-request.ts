import type { Issue, IssueCode } from '../issue.js';
import type { SearchQuery } from './search-expression.js';

/** Name and value of a query, in its order, percent-decoded. */
export type QueryPairs = readonly (readonly [name: string, value: string])[];

export interface SearchOptions {
  /** `lenient`: parameters that aren't known or supported are left out and reported instead of refused. */
  readonly handling: 'strict' | 'lenient';
  /** FHIR base by which the client reached this node, without a slash at its end: references to it are relative ones. */
  readonly base: string;
  /** Page sizes: the largest, and what a query without `_count` gets. */
  readonly maxCount: number;
  readonly defaultCount: number;
  /** Milliseconds since the epoch, for what is "approximately" a date. */
  readonly now: number;
  /** Whom the modifier `:mdm` asks for (parse-person.ts), looked up before; absent where it is not offered. */
  readonly persons?: ReadonlyMap<string, readonly string[]>;
}

/** A search as it is to be carried out and as it is to be told to the client. */
export interface SearchRequest {
  readonly query: SearchQuery;
  /** Only the total is asked for (`_count=0`, `_summary=count`): `query.limit` is 0, there are no entries and no pages. */
  readonly countOnly: boolean;
  /** The pairs that were used, in their order, without the cursor; `_count` as it is applied. For search-links.ts. */
  readonly self: QueryPairs;
  /** Warnings about what was left out under `lenient`; they belong into the answer as an OperationOutcome. */
  readonly issues: readonly Issue[];
}

/** Why a pair of a query can't be used. */
export interface Problem {
  readonly kind: 'problem';
  readonly code: IssueCode;
  /** Names the parameter, never its value. */
  readonly text: string;
  /** May be left out under `lenient`: the parameter as a whole is not known or not supported. */
  readonly ignorable: boolean;
}

export const invalid = (text: string): Problem => ({
  kind: 'problem',
  code: 'invalid',
  text,
  ignorable: false,
});

/** Of a parameter as a whole. */
export const unsupported = (text: string): Problem => ({
  kind: 'problem',
  code: 'not-supported',
  text,
  ignorable: true,
});

/**
 * Of a modifier. Never left out: "Server SHALL reject any search request that contains … a modifier that the server
 * does not support for that parameter" (http://hl7.org/fhir/R4/search.html#modifiers).
 */
export const unsupportedModifier = (text: string): Problem => ({
  kind: 'problem',
  code: 'not-supported',
  text,
  ignorable: false,
});

/** A parameter's name for an error text: what doesn't look like one may be a value in the wrong place. */
export function printableName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.:-]{0,79}$/.test(name) ? name : 'a parameter';
}
