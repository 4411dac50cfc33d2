import { FhirError } from '../../fhir/fhir-error.js';
import type { Issue } from '../../fhir/issue.js';
import { dateRange } from '../../fhir/search/fhir-date.js';
import type { HistoryPage } from '../../ports/store.js';
import { parsePairs } from '../../fhir/search/parse-pairs.js';
import type { QueryPairs } from '../../fhir/search/search-request.js';

/** A date-time in a raw query whose `+08:00` was sent without escaping the plus sign, which would read as a space. */
const plainOffset = /(T\d\d(?::|%3A)\d\d(?:(?::|%3A)\d\d(?:\.\d+)?)?)\+(?=\d\d(?::|%3A)\d\d)/gi;

/** The pairs of a query string or form body, in order and decoded. Throws `malformed` for a broken escape. */
export const parseQuery = (query: string): QueryPairs =>
  parsePairs(query.includes('+') ? query.replace(plainOffset, '$1%2B') : query);

/** `_since` and `_count` of a history (http://hl7.org/fhir/R4/http.html#history); `_cursor` continues a page. */
export function parseHistoryPage(
  pairs: QueryPairs,
  options: {
    readonly handling: 'strict' | 'lenient';
    readonly defaultCount: number;
    readonly maxCount: number;
  },
): HistoryPage {
  let limit = options.defaultCount;
  let since: string | undefined;
  let cursor: string | undefined;
  const issues: Issue[] = [];
  for (const [name, value] of pairs) {
    if (name === '_count') limit = /^\d{1,9}$/.test(value) ? Math.min(Number(value), options.maxCount) : -1;
    else if (name === '_since') since = instantOf(value);
    else if (name === '_cursor') cursor = value;
    else if (name !== '_format' && name !== '_pretty' && options.handling === 'strict')
      issues.push(unknown(name));
    if (name === '_count' && limit < 0) issues.push(badValue('_count', 'a number from 0'));
    if (name === '_cursor' && !/^[\x21-\x7e]{1,1000}$/.test(value))
      issues.push(badValue('_cursor', 'one that this server gave'));
    if (name === '_since' && since === undefined) issues.push(badValue('_since', 'an instant'));
  }
  if (issues.length > 0) throw new FhirError('unsupported-search', issues);
  return { limit, ...(since === undefined ? {} : { since }), ...(cursor === undefined ? {} : { cursor }) };
}

function instantOf(text: string): string | undefined {
  const range = dateRange(text);
  return range ? new Date(range.low).toISOString() : undefined;
}

const unknown = (name: string): Issue => ({
  severity: 'error',
  code: 'not-supported',
  diagnostics: /^[A-Za-z_-]{1,40}$/.test(name)
    ? `A history has no parameter ${name}`
    : 'A history has no such parameter',
});

const badValue = (name: string, wanted: string): Issue => ({
  severity: 'error',
  code: 'value',
  diagnostics: `${name} must be ${wanted}`,
});
