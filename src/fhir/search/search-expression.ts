import type { IndexKind } from './index-entry.js';

/**
 * A search, normalised once: date precision, prefixes, folding and reference forms are decided here, so that neither
 * the store adapters nor the in-memory matcher know them. An entry test holds for a resource when any one of its index
 * entries of that code satisfies it.
 */
export type SearchExpression =
  /** `and` of nothing holds for every resource, `or` of nothing for none. Either may hold 500 members. */
  | { readonly kind: 'and'; readonly of: readonly SearchExpression[] }
  | { readonly kind: 'or'; readonly of: readonly SearchExpression[] }
  | { readonly kind: 'not'; readonly of: SearchExpression }
  | { readonly kind: 'param'; readonly code: string; readonly test: EntryTest }
  /** One element satisfies all components: entries with codes `<code>$1`, `<code>$2` … and the same ordinal. */
  | { readonly kind: 'composite'; readonly code: string; readonly components: readonly EntryTest[] }
  /** The resource has no entry of that code and kind. */
  | { readonly kind: 'missing'; readonly code: string; readonly entryKind: IndexKind }
  /** Resource ids, for `_id`. */
  | { readonly kind: 'id'; readonly ids: readonly string[] }
  /** The owner's `meta.lastUpdated`, for `_lastUpdated`. */
  | { readonly kind: 'last-updated'; readonly bounds: readonly Bound[] };

export type EntryTest =
  | { readonly kind: 'string'; readonly match: 'starts' | 'contains'; readonly folded: string }
  | { readonly kind: 'string'; readonly match: 'exact'; readonly folded: string; readonly exact: string }
  /** `system` '' means "has no system", absent means any; `value` absent means any value of that system. */
  | { readonly kind: 'token'; readonly system?: string; readonly value?: string }
  | { readonly kind: 'date'; readonly bounds: readonly Bound[] }
  | { readonly kind: 'number'; readonly bounds: readonly Bound[] }
  /** `value` matches the coded unit, and the printed unit too when no system is given. */
  | {
      readonly kind: 'quantity';
      readonly bounds: readonly Bound[];
      readonly system?: string;
      readonly value?: string;
    }
  | { readonly kind: 'reference'; readonly target: string }
  | { readonly kind: 'uri'; readonly value: string };

/** All bounds of a test hold of the same entry. `low` and `high` are the entry's ends. */
export interface Bound {
  readonly side: 'low' | 'high';
  readonly op: '<' | '<=' | '>' | '>=';
  readonly value: number;
}

/** One sort key; resources without the key come last. The tie breaker is always the first arrival. */
export type SortKey =
  | { readonly by: 'first-arrival'; readonly descending: boolean }
  | { readonly by: 'id'; readonly descending: boolean }
  | { readonly by: 'last-updated'; readonly descending: boolean }
  | { readonly by: 'date'; readonly code: string; readonly descending: boolean };

export interface SearchQuery {
  readonly type: string;
  readonly where: SearchExpression;
  /**
   * Tells the query from others, the same on each of its pages, whatever their order of parameters: its cursors serve no
   * other query. Absent: `where` does, which of an approximate date (`ap`) changes with the clock.
   */
  readonly asked?: string;
  readonly sort: SortKey;
  /** Opaque, from an earlier page of the same query. */
  readonly cursor?: string;
  /**
   * Most matches of a page; 0: no matches and no next cursor, only the total. A page of large resources may end earlier,
   * with a next cursor.
   */
  readonly limit: number;
  readonly total: 'none' | 'accurate';
}
