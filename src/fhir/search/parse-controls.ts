import type { SearchQuery } from './search-expression.js';
import { invalid, unsupported, type Problem, type SearchOptions } from './search-request.js';
import { parseSort } from './sort-key.js';

/** What the parameters that shape the answer have decided so far (http://hl7.org/fhir/R4/search.html#return). */
export type Controls = Partial<Pick<SearchQuery, 'sort' | 'cursor' | 'limit' | 'total'>> & {
  readonly countOnly?: boolean;
};

export interface ControlContext {
  /** Resource type that is searched. */
  readonly type: string;
  readonly maxCount: SearchOptions['maxCount'];
}

type ControlParser = (value: string, context: ControlContext) => Controls | Problem;

const parsers: Readonly<Record<string, ControlParser>> = {
  _count: parseCount,
  _sort: (value, { type }) => {
    const sort = parseSort(type, value);
    return 'kind' in sort ? sort : { sort };
  },
  _total: (value) => {
    if (value === 'none') return {};
    // An estimate may be exact.
    if (value === 'accurate' || value === 'estimate') return { total: 'accurate' };
    return invalid('The value of _total is none of none, estimate, accurate');
  },
  _summary: (value) => {
    if (value === 'false') return {};
    if (value === 'count') return { countOnly: true };
    if (value === 'true' || value === 'text' || value === 'data') {
      return unsupported('_summary is supported as count or false only: answers hold whole resources');
    }
    return invalid('The value of _summary is none of count, false, true, text, data');
  },
  _cursor: (value) => {
    if (/^[\x21-\x7e]{1,1000}$/.test(value)) return { cursor: value };
    return invalid('The value of _cursor is not one that this server has given');
  },
};

/** Names of the parameters that say how to answer, not what to search for. */
export const controlNames: ReadonlySet<string> = new Set(Object.keys(parsers));

/** `name` is one of controlNames. */
export function parseControl(name: string, value: string, context: ControlContext): Controls | Problem {
  return parsers[name]?.(value, context) ?? {};
}

/** More than the largest page is cut to it, as "servers SHALL NOT return more" but may return less. */
function parseCount(value: string, { maxCount }: ControlContext): Controls | Problem {
  if (!/^\d{1,9}$/.test(value)) return invalid('The value of _count is not a number from 0 to 999999999');
  const count = Number(value);
  return count === 0 ? { countOnly: true } : { limit: Math.min(count, maxCount) };
}
