import type { mongo } from 'mongoose';

import type { PagePlace } from '../../fhir/page-cursor.js';
import type { SearchExpression, SearchQuery } from '../../fhir/search/search-expression.js';
import type { Condition } from './search-predicate.js';

/** A match before its body is read. */
export interface Found {
  readonly rid: number;
  readonly id: string;
  readonly seq: number;
  readonly value: PagePlace['value'];
}

export interface Asked {
  readonly query: SearchQuery;
  /** All that a match must satisfy. */
  readonly filter: Condition;
  readonly terms: readonly SearchExpression[];
  readonly session: mongo.ClientSession | undefined;
}

export interface Wanted {
  readonly after: PagePlace | undefined;
  readonly limit: number;
}
