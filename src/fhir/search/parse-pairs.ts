import { fhirError } from '../fhir-error.js';
import type { QueryPairs } from './search-request.js';

/**
 * The pairs of a query string or form body (application/x-www-form-urlencoded), in order and decoded. Throws
 * `malformed` for a broken escape.
 */
export function parsePairs(text: string): QueryPairs {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals === -1
        ? ([decode(part), ''] as const)
        : ([decode(part.slice(0, equals)), decode(part.slice(equals + 1))] as const);
    });
}

function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw fhirError('malformed', 'invalid', 'The query holds a broken percent escape');
  }
}
