import { compositeAlternatives } from './parse-composite.js';
import { splitUnescaped, unescapeValue } from './parse-escapes.js';
import { personModifier, personTests } from './parse-person.js';
import { instantBounds, splitPrefix } from './parse-range.js';
import { parseTests, tokenTests, valueForms } from './parse-value.js';
import type { EntryTest, SearchExpression } from './search-expression.js';
import { resourceTypes, searchParametersOf } from './search-parameters.js';
import type { SearchParameter, SearchParameterType } from './search-parameter.js';
import { invalid, printableName, unsupported, unsupportedModifier, type Problem } from './search-request.js';

export interface ParameterContext {
  /** Resource type that is searched. */
  readonly type: string;
  /** FHIR base of this node, without a slash at its end. */
  readonly base: string;
  /** Milliseconds since the epoch; absent where the answer must not depend on the time of asking. */
  readonly now?: number;
  /** `Type/id` → references to all records of that person; absent where `:mdm` is not offered. */
  readonly persons?: ReadonlyMap<string, readonly string[]>;
}

/** Alternatives of one value; more are refused, so that no query grows beyond what a store can plan. */
export const mostAlternatives = 500;

const notYet: Readonly<Record<string, string>> = {
  _has: 'reverse chaining',
  _include: 'including other resources',
  _revinclude: 'including other resources',
  _elements: 'partial answers',
  _contained: 'searching contained resources',
  _containedType: 'searching contained resources',
  _filter: 'filter expressions',
  _query: 'named queries',
  _text: 'full-text search',
  _content: 'full-text search',
  _list: 'searching lists',
  _type: 'searching several types at once',
};

/**
 * The expression of one pair of a query. Repeated parameters are and-ed by the caller, alternatives (`,`) are or-ed
 * here, and `:not` means none of them, which holds for resources without the parameter too.
 */
export function parseParameter(
  name: string,
  value: string,
  context: ParameterContext,
): SearchExpression | Problem {
  const shown = printableName(name);
  const colon = name.indexOf(':');
  const code = colon === -1 ? name : name.slice(0, colon);
  const modifier = colon === -1 ? undefined : name.slice(colon + 1);
  const missing = Object.hasOwn(notYet, code) ? notYet[code] : undefined;
  if (missing !== undefined) return unsupported(`${shown} is not supported: ${missing} is not offered`);
  if (name.includes('.')) return unsupported(`${shown} is not supported: chaining is not offered`);
  const parameter = searchParametersOf(context.type).get(code);
  if (parameter === undefined) return unsupported(`${context.type} has no search parameter ${shown}`);
  if (parameter.type !== 'composite' && parameter.kinds.length === 0) {
    return unsupported(`${shown} is not supported: it is not indexed`);
  }
  if (modifier === personModifier) return personExpression(parameter, { value, shown, context });
  const use = modifier === undefined ? plainUse : modifierUse(parameter, modifier, shown);
  if ('kind' in use) return use;
  if (use.missing) return missingExpression(parameter, value, shown);
  const values = splitUnescaped(value, ',');
  if (values.length > mostAlternatives) return tooMany(shown);
  return valuesExpression({ parameter, values, use, shown, context });
}

/** Whatever refers to any record of the persons that the values name. */
function personExpression(
  { code, type, targets }: SearchParameter,
  {
    value,
    shown,
    context,
  }: { readonly value: string; readonly shown: string; readonly context: ParameterContext },
): SearchExpression | Problem {
  const { base, persons } = context;
  if (!persons) return unsupportedModifier(`${shown} is not supported here: the modifier is not offered`);
  if (type !== 'reference')
    return unsupportedModifier(`${shown} is not supported: not for a ${type} parameter`);
  if (targets.length > 0 && !targets.includes('Patient')) {
    return unsupportedModifier(`${shown} is not possible: the parameter never points to a Patient`);
  }
  const of: SearchExpression[] = [];
  for (const raw of splitUnescaped(value, ',')) {
    const tests = personTests(raw, { base, persons });
    if (!tests)
      return invalid(`The value of ${shown} is not of the form Patient/id, Person/id or the id of a Patient`);
    of.push(...tests.map((test): SearchExpression => ({ kind: 'param', code, test })));
  }
  return of.length > mostAlternatives ? tooMany(shown) : anyOf(of);
}

export const tooMany = (subject: string): Problem => ({
  kind: 'problem',
  code: 'too-costly',
  text: `${subject} asks for more than ${String(mostAlternatives)} values; ask in several requests`,
  ignorable: false,
});

/** What a modifier makes of a parameter. */
interface ParameterUse {
  readonly missing: boolean;
  readonly negated: boolean;
  readonly byIdentifier: boolean;
  /** Passed on to the value: `exact`, `contains` or a resource type. */
  readonly modifier?: string;
}

const plainUse: ParameterUse = { missing: false, negated: false, byIdentifier: false };

/** Modifiers of R4 that this server doesn't know how to answer. */
const knownModifiers = new Set(['text', 'in', 'not-in', 'above', 'below', 'of-type', 'iterate']);

function modifierUse(parameter: SearchParameter, modifier: string, shown: string): ParameterUse | Problem {
  const { type, targets } = parameter;
  if (modifier === 'missing') return { ...plainUse, missing: true };
  if (type === 'token' && modifier === 'not') return { ...plainUse, negated: true };
  if (type === 'string' && (modifier === 'exact' || modifier === 'contains')) {
    return { ...plainUse, modifier };
  }
  if (type === 'reference' && modifier === 'identifier') return { ...plainUse, byIdentifier: true };
  if (type === 'reference' && resourceTypes.has(modifier)) {
    if (targets.length === 0 || targets.includes(modifier)) return { ...plainUse, modifier };
    return unsupportedModifier(`${shown} is not possible: the parameter never points to this type`);
  }
  const reason = knownModifiers.has(modifier) ? 'the modifier is not offered' : `not for a ${type} parameter`;
  return unsupportedModifier(`${shown} is not supported: ${reason}`);
}

/** A composite's elements are indexed whole or not at all, so its first component tells. */
function missingExpression(
  { code, type, kinds, components }: SearchParameter,
  value: string,
  shown: string,
): SearchExpression | Problem {
  if (value !== 'true' && value !== 'false')
    return invalid(`The value of ${shown} is neither true nor false`);
  const [indexed, entryKinds] =
    type === 'composite' ? [`${code}$1`, components[0]?.kinds ?? []] : [code, kinds];
  // Every resource has these two, and they are no index entries.
  const stored = code === '_id' || code === '_lastUpdated';
  const without: SearchExpression = stored
    ? { kind: 'or', of: [] }
    : allOf(entryKinds.map((entryKind) => ({ kind: 'missing', code: indexed, entryKind })));
  return value === 'true' ? without : { kind: 'not', of: without };
}

interface ValuesToParse {
  readonly parameter: SearchParameter;
  readonly values: readonly string[];
  readonly use: ParameterUse;
  readonly shown: string;
  readonly context: ParameterContext;
}

function valuesExpression(request: ValuesToParse): SearchExpression | Problem {
  const { parameter, values, use, shown, context } = request;
  const { code, type } = parameter;
  if (context.now === undefined && usesNow(parameter, values)) {
    return unsupportedModifier(
      `${shown} is not supported here with ap: a condition can't depend on the time`,
    );
  }
  if (code === '_id') return idExpression(values, use, shown);
  const of: SearchExpression[] = [];
  for (const value of values) {
    const alternatives = valueAlternatives(value, request);
    if (alternatives === undefined) {
      const form: SearchParameterType = use.byIdentifier ? 'token' : type;
      return invalid(`The value of ${shown} is not ${valueForms[form]}`);
    }
    of.push(...alternatives);
  }
  return use.negated ? { kind: 'not', of: anyOf(of) } : anyOf(of);
}

function usesNow(parameter: SearchParameter, values: readonly string[]): boolean {
  const hasDate =
    parameter.type === 'date' || parameter.components.some((component) => component.type === 'date');
  return (
    hasDate &&
    values.some((value) => splitUnescaped(value, '$').some((part) => splitPrefix(part).prefix === 'ap'))
  );
}

/** An id has no system and no escape in it; what is no id matches nothing. */
function idExpression(
  values: readonly string[],
  use: ParameterUse,
  shown: string,
): SearchExpression | Problem {
  if (values.includes('')) return invalid(`The value of ${shown} is not an id`);
  const ids: SearchExpression = { kind: 'id', ids: values.map(unescapeValue) };
  return use.negated ? { kind: 'not', of: ids } : ids;
}

function valueAlternatives(
  value: string,
  { parameter, use, context }: ValuesToParse,
): readonly SearchExpression[] | undefined {
  const { code, type } = parameter;
  const now = context.now ?? 0;
  if (code === '_lastUpdated') {
    return instantBounds(value, now)?.map((bounds) => ({ kind: 'last-updated', bounds }));
  }
  const valueContext = {
    base: context.base,
    now,
    ...(use.modifier === undefined ? {} : { modifier: use.modifier }),
  };
  if (type === 'composite') return compositeAlternatives(parameter, value, valueContext);
  const tests = use.byIdentifier ? tokenTests(value) : parseTests(parameter, value, valueContext);
  const entryCode = use.byIdentifier ? `${code}:identifier` : code;
  return tests?.map((test: EntryTest) => ({ kind: 'param', code: entryCode, test }));
}

export const allOf = (of: readonly SearchExpression[]): SearchExpression => single(of) ?? { kind: 'and', of };

const anyOf = (of: readonly SearchExpression[]): SearchExpression => single(of) ?? { kind: 'or', of };

function single(of: readonly SearchExpression[]): SearchExpression | undefined {
  return of.length === 1 ? of[0] : undefined;
}
