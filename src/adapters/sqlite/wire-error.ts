import { FhirError } from '../../fhir/fhir-error.js';
import { isStorageFailure, resultCode } from './driver.js';
import type { WireError } from './messages.js';

/** Seconds after which a full or failing disk may be well again. */
const retryAfterSeconds = 30;

export function toWireError(error: unknown): WireError {
  if (error instanceof FhirError)
    return { category: error.category, issues: error.issues, cause: error.message };
  if (isStorageFailure(error)) {
    return {
      category: 'busy',
      issues: [
        { severity: 'error', code: 'transient', diagnostics: 'The data can’t be written or read now' },
      ],
      cause: causeOf(error),
    };
  }
  return {
    category: 'fault',
    issues: [{ severity: 'error', code: 'exception', diagnostics: 'The store failed' }],
    cause: causeOf(error),
  };
}

export function fromWireError({ category, issues, cause }: WireError): FhirError {
  const options = category === 'busy' ? { retryAfterSeconds } : {};
  return new FhirError(category, issues, { cause: new Error(cause), ...options });
}

// SQLite names tables and columns in its messages, never values.
function causeOf(error: unknown): string {
  const code = resultCode(error);
  if (code === undefined) return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  return `SQLite ${String(code)}: ${(error as Error).message}`;
}
