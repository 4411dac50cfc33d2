import type { ErrorCategory, FhirError } from '../fhir/fhir-error.js';

/** HTTP status of each error category; docs and tests read this one table. */
export const errorTable: Readonly<Record<ErrorCategory, number>> = {
  malformed: 400,
  'unsupported-search': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  gone: 410,
  'version-mismatch': 412,
  'multiple-matches': 412,
  'too-large': 413,
  'unsupported-media': 415,
  'business-rule': 422,
  throttled: 429,
  fault: 500,
  'peer-failed': 502,
  busy: 503,
};

export const statusOf = (error: FhirError): number => errorTable[error.category];
