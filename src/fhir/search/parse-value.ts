import { foldText } from './fold-text.js';
import { cutString } from './index-codec.js';
import { splitUnescaped, unescapeValue } from './parse-escapes.js';
import { dateBounds, numberBounds } from './parse-range.js';
import { referenceTests } from './parse-reference.js';
import type { EntryTest } from './search-expression.js';
import type { SearchParameterComponent, SearchParameterType } from './search-parameter.js';

export interface ValueContext {
  readonly base: string;
  readonly now: number;
  /** `exact` and `contains` for strings, a resource type for references. */
  readonly modifier?: string;
}

/** What a value must look like, for error texts: "The value of … is not …". */
export const valueForms: Readonly<Record<SearchParameterType, string>> = {
  number: 'a decimal number, a prefix such as ge before it or not',
  date: 'a date or time such as 2026-11-24 or 2026-11-24T08:30:00+08:00, a prefix such as ge before it or not',
  string: 'a text with at least one character',
  token: 'of the form code, system|code, |code or system|',
  reference: 'of the form Type/id, id or URL, of the type asked for',
  composite: 'made of as many parts, joined by $, as the parameter has, each of its own form',
  quantity: 'of the form number, number|system|code or number||code, a prefix such as ge before it or not',
  uri: 'a URI',
  special: 'known',
};

/**
 * The tests of which a matching entry satisfies one, from a single value without commas. Undefined when the value is
 * not of the parameter's form.
 */
export function parseTests(
  parameter: Pick<SearchParameterComponent, 'type' | 'targets'>,
  raw: string,
  context: ValueContext,
): readonly EntryTest[] | undefined {
  switch (parameter.type) {
    case 'string':
      return stringTests(raw, context.modifier);
    case 'token':
      return tokenTests(raw);
    case 'uri':
      return raw === '' ? undefined : [{ kind: 'uri', value: unescapeValue(raw) }];
    case 'date':
      return dateBounds(raw, context.now)?.map((bounds) => ({ kind: 'date', bounds }));
    case 'number':
      return numberBounds(raw)?.map((bounds) => ({ kind: 'number', bounds }));
    case 'quantity':
      return quantityTests(raw);
    case 'reference': {
      const type = context.modifier === undefined ? {} : { type: context.modifier };
      return referenceTests(raw, { base: context.base, targets: parameter.targets, ...type });
    }
    default:
      return undefined;
  }
}

function stringTests(raw: string, modifier: string | undefined): readonly EntryTest[] | undefined {
  // The index keeps so much of a string and no more; what is asked for is cut alike.
  const exact = cutString(unescapeValue(raw));
  const folded = cutString(foldText(exact));
  if (folded === '') return undefined;
  if (modifier === 'exact') return [{ kind: 'string', match: 'exact', folded, exact }];
  return [{ kind: 'string', match: modifier === 'contains' ? 'contains' : 'starts', folded }];
}

/** http://hl7.org/fhir/R4/search.html#token */
export function tokenTests(raw: string): readonly EntryTest[] | undefined {
  const [first = '', second, ...more] = splitUnescaped(raw, '|').map(unescapeValue);
  if (more.length > 0) return undefined;
  if (second === undefined) return first === '' ? undefined : [{ kind: 'token', value: first }];
  if (second === '') return first === '' ? undefined : [{ kind: 'token', system: first }];
  return [{ kind: 'token', system: first, value: second }];
}

/** http://hl7.org/fhir/R4/search.html#quantity */
function quantityTests(raw: string): readonly EntryTest[] | undefined {
  const [number = '', system, value, ...more] = splitUnescaped(raw, '|').map(unescapeValue);
  if (more.length > 0 || (system !== undefined && value === undefined)) return undefined;
  const unit = { ...(system ? { system } : {}), ...(value ? { value } : {}) };
  return numberBounds(number)?.map((bounds) => ({ kind: 'quantity', bounds, ...unit }));
}
