import { fhirError } from '../fhir/fhir-error.js';
import { parseQuery } from '../domain/records/index.js';
import type { Route } from './route.js';

export interface ResultParameters {
  /** `_format` as sent. */
  readonly format: string | undefined;
  readonly pretty: boolean;
}

const none: ResultParameters = { format: undefined, pretty: false };

/**
 * `_format` and `_pretty`, which every interaction takes (http://hl7.org/fhir/R4/http.html#parameters). Throws
 * `malformed` where the answer was to be cut down by `_summary` or `_elements`, which this server doesn't do,
 * `unsupported-search` for a query of more than 1000 parameters.
 */
export function readResultParameters(query: string, route: Route): ResultParameters {
  requireFew(query);
  if (query === '' || !query.includes('_')) return none;
  let format: string | undefined;
  let pretty = false;
  for (const [name, value] of parseQuery(query)) {
    if (name === '_format') format = value;
    else if (name === '_pretty') pretty = value === 'true';
    else if (isCut(name, value) && route.interaction !== 'search-type') {
      throw fhirError('malformed', 'not-supported', `${name} is not supported`);
    }
  }
  return { format, pretty };
}

const maxPairs = 1000;

/** So many parameters are no question any more: they are counted before any of them is read. */
function requireFew(query: string): void {
  if (query.length <= maxPairs) return;
  let pairs = 1;
  for (let at = query.indexOf('&'); at >= 0; at = query.indexOf('&', at + 1)) pairs += 1;
  if (pairs > maxPairs) {
    throw fhirError('unsupported-search', 'too-costly', `A query may have ${String(maxPairs)} parameters`);
  }
}

const isCut = (name: string, value: string): boolean =>
  name === '_elements' || (name === '_summary' && value !== 'false');

/** The criteria of a conditional interaction: its query without what concerns the answer's form. */
export const criteriaOf = (query: string): string =>
  query.includes('_')
    ? query
        .split('&')
        .filter((part) => !/^_(format|pretty)=/.test(part))
        .join('&')
    : query;
