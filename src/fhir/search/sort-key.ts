import type { SortKey } from './search-expression.js';
import { searchParametersOf } from './search-parameters.js';
import { invalid, unsupported, type Problem } from './search-request.js';

/**
 * Reads `_sort` (http://hl7.org/fhir/R4/search.html#sort): one key, `-` before it for descending order. A date
 * parameter sorts by the earliest begin, descending by the latest end.
 */
export function parseSort(type: string, value: string): SortKey | Problem {
  const keys = value.split(',');
  if (keys.includes('') || keys.includes('-'))
    return invalid('The value of _sort is not a list of parameters');
  if (keys.length > 1) return unsupported('_sort is supported with one key only');
  const descending = value.startsWith('-');
  const code = descending ? value.slice(1) : value;
  if (code === '_id') return { by: 'id', descending };
  if (code === '_lastUpdated') return { by: 'last-updated', descending };
  const parameter = searchParametersOf(type).get(code);
  if (parameter === undefined) return unsupported(`_sort names no search parameter of ${type}`);
  if (parameter.type === 'date') return { by: 'date', code, descending };
  return unsupported(
    `_sort is supported by _id, _lastUpdated and date parameters, not by a ${parameter.type} one`,
  );
}
