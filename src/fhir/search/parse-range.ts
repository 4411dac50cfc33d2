import { dateRange } from './fhir-date.js';
import { numberRange } from './number-range.js';
import type { Bound } from './search-expression.js';

/** Alternatives, each a list of bounds that hold together of one entry. */
export type BoundSets = readonly (readonly Bound[])[];

/** What a prefix says (http://hl7.org/fhir/R4/search.html#prefix). */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

export function splitPrefix(text: string): { readonly prefix: Prefix; readonly rest: string } {
  if (!/^(?:eq|ne|gt|lt|ge|le|sa|eb|ap)/.test(text)) return { prefix: 'eq', rest: text };
  return { prefix: text.slice(0, 2) as Prefix, rest: text.slice(2) };
}

const bound = (side: Bound['side'], op: Bound['op'], value: number): Bound => ({ side, op, value });

/**
 * Bounds on the entries of a date parameter. `low` and `high` are the span of the query's value, both inclusive, "the
 * range above it" is what comes after `high`, "below" what comes before `low`. `ge` is "above it, or within it": what
 * began before the value and ends within it is neither. Undefined when the text is no date.
 */
export function dateBounds(text: string, now: number): BoundSets | undefined {
  const { prefix, rest } = splitPrefix(text);
  const range = queryDateRange(rest);
  if (range === undefined) return undefined;
  const { low, high } = range;
  switch (prefix) {
    case 'eq':
      return [[bound('low', '>=', low), bound('high', '<=', high)]];
    case 'ne':
      return [[bound('low', '<', low)], [bound('high', '>', high)]];
    case 'gt':
      return [[bound('high', '>', high)]];
    case 'lt':
      return [[bound('low', '<', low)]];
    case 'ge':
      return [[bound('high', '>', high)], [bound('low', '>=', low)]];
    case 'le':
      return [[bound('low', '<', low)], [bound('high', '<=', high)]];
    case 'sa':
      return [[bound('low', '>', high)]];
    case 'eb':
      return [[bound('high', '<', low)]];
    case 'ap': {
      const margin = Math.max(now - high, low - now, 0) / 10;
      return [[bound('low', '<=', high + margin), bound('high', '>=', low - margin)]];
    }
  }
}

/** As dateBounds, for instants: their two ends are one, so that `ge` and `le` need no alternative. */
export function instantBounds(text: string, now: number): BoundSets | undefined {
  const { prefix, rest } = splitPrefix(text);
  if (prefix !== 'ge' && prefix !== 'le') return dateBounds(text, now);
  const range = queryDateRange(rest);
  if (range === undefined) return undefined;
  return prefix === 'ge' ? [[bound('low', '>=', range.low)]] : [[bound('high', '<=', range.high)]];
}

/** A `+` of an offset that the client didn't percent-encode has become a space. */
function queryDateRange(text: string): ReturnType<typeof dateRange> {
  return dateRange(text.replace(/ (?=\d\d:\d\d$)/, '+'));
}

/**
 * Bounds on the entries of a number or quantity parameter (http://hl7.org/fhir/R4/search.html#number): `eq`, `ne` and
 * `ap` go by the digits written (`100` is 99.5 up to, not including, 100.5), the others by the exact value.
 * Undefined when the text is no decimal.
 */
export function numberBounds(text: string): BoundSets | undefined {
  const { prefix, rest } = splitPrefix(text);
  const range = numberRange(rest);
  if (range === undefined) return undefined;
  const { value, low, high } = range;
  // From 17 digits on half a unit of the last one is lost in a double, and the end would leave the value itself out.
  const isWide = high > value;
  switch (prefix) {
    case 'eq':
      return [[bound('low', '>=', low), bound('high', isWide ? '<' : '<=', high)]];
    case 'ne':
      return [[bound('low', '<', low)], [bound('high', isWide ? '>=' : '>', high)]];
    case 'gt':
      return [[bound('high', '>', value)]];
    case 'lt':
      return [[bound('low', '<', value)]];
    case 'ge':
      return [[bound('high', '>=', value)]];
    case 'le':
      return [[bound('low', '<=', value)]];
    case 'sa':
      return [[bound('low', '>', value)]];
    case 'eb':
      return [[bound('high', '<', value)]];
    case 'ap': {
      const margin = Math.abs(value) / 10;
      return [
        [
          bound('low', '<=', Math.max(high, value + margin)),
          bound('high', '>=', Math.min(low, value - margin)),
        ],
      ];
    }
  }
}
