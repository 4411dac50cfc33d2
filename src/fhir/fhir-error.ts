import type { Issue, IssueCode } from './issue.js';

/** The closed set of reasons for which a request can't be served; http/error-table.ts maps each to a status. */
export type ErrorCategory =
  | 'malformed'
  | 'unsupported-search'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'not-acceptable'
  | 'conflict'
  | 'gone'
  | 'version-mismatch'
  | 'multiple-matches'
  | 'too-large'
  | 'unsupported-media'
  | 'business-rule'
  | 'throttled'
  | 'fault'
  | 'peer-failed'
  | 'busy';

/** Thrown when a request can't be served. Where the caller picks among answers, a function returns a union instead. */
export class FhirError extends Error {
  readonly category: ErrorCategory;
  readonly issues: readonly Issue[];
  /** Seconds after which a repeat may succeed (Retry-After); only with `busy`, `throttled`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    category: ErrorCategory,
    issues: readonly Issue[],
    options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    super(issues[0]?.diagnostics ?? category, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'FhirError';
    this.category = category;
    this.issues = issues;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A FhirError with one issue, the usual case; `says` with a place where it is known. */
export function fhirError(
  category: ErrorCategory,
  code: IssueCode,
  says: string | { readonly diagnostics: string; readonly expression: string },
): FhirError {
  const told = typeof says === 'string' ? { diagnostics: says } : says;
  return new FhirError(category, [{ severity: 'error', code, ...told }]);
}
