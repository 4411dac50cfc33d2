/**
 * What a search parameter yields for one resource, extracted before storage. A resource has any number of entries a
 * code. `ordinal` ties the components of a composite together: component entries have the code `<code>$1`, `<code>$2`
 * and the ordinal of the element they came from; every other entry has ordinal 0.
 */
export type IndexEntry =
  StringEntry | TokenEntry | DateEntry | NumberEntry | QuantityEntry | ReferenceEntry | UriEntry;

export type IndexKind = IndexEntry['kind'];

interface EntryBase {
  /** Code of the search parameter as it stands in the query, e.g. `birthdate`; `subject:identifier` for the identifier of a Reference. */
  readonly code: string;
  readonly ordinal: number;
}

export interface StringEntry extends EntryBase {
  readonly kind: 'string';
  /** Case and accents folded, white space collapsed (fold-text.ts). */
  readonly folded: string;
  /** As it stands in the resource, for `:exact`. */
  readonly exact: string;
}

export interface TokenEntry extends EntryBase {
  readonly kind: 'token';
  /** Absolute URI, or '' where the element has no system. */
  readonly system: string;
  /** The code, identifier value, boolean as text …; '' where there is only a system. */
  readonly value: string;
}

export interface DateEntry extends EntryBase {
  readonly kind: 'date';
  /** Milliseconds since the epoch, both inclusive: a date of day precision covers its whole day in Asia/Shanghai when it has no offset. */
  readonly low: number;
  readonly high: number;
  /** This entry has the lowest `low` of its code in the resource (first of equals): the ascending sort key. */
  readonly first: boolean;
  /** This entry has the highest `high` of its code in the resource (first of equals): the descending sort key. */
  readonly last: boolean;
}

export interface NumberEntry extends EntryBase {
  readonly kind: 'number';
  readonly low: number;
  readonly high: number;
}

export interface QuantityEntry extends EntryBase {
  readonly kind: 'quantity';
  readonly low: number;
  readonly high: number;
  readonly system: string;
  /** Coded unit, '' when absent. */
  readonly value: string;
  /** Unit as printed, '' when absent. */
  readonly unit: string;
}

export interface ReferenceEntry extends EntryBase {
  readonly kind: 'reference';
  /** `Type/id` for a literal reference on this region's servers, the absolute URL (version cut off) for any other, '' where only an identifier or display stands. */
  readonly target: string;
  /** Resource type of the target, '' when unknown. */
  readonly targetType: string;
}

export interface UriEntry extends EntryBase {
  readonly kind: 'uri';
  readonly value: string;
}
