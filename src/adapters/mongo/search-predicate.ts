import type { mongo } from 'mongoose';

import { stringLimit } from '../../fhir/search/index-codec.js';
import type { EntryTest, SearchExpression } from '../../fhir/search/search-expression.js';
import type { ResourceDoc } from './documents.js';
import {
  exactKey,
  paramOf,
  presenceKey,
  rangeParam,
  referenceKey,
  shortHash,
  stringKey,
  tokenKey,
  tokenSystemKey,
  uriKey,
} from './index-keys.js';

export type Condition = mongo.Filter<ResourceDoc>;

/** Nothing has an `_id` of no value. */
const never: Condition = { _id: { $in: [] } };

/** The expression as a filter of resource documents of a type. */
export function predicate(expression: SearchExpression, type: string): Condition {
  switch (expression.kind) {
    case 'and':
      return expression.of.length === 0 ? {} : { $and: expression.of.map((one) => predicate(one, type)) };
    case 'or':
      return expression.of.length === 0 ? never : { $or: expression.of.map((one) => predicate(one, type)) };
    case 'not':
      return { $nor: [predicate(expression.of, type)] };
    case 'param':
      return testCondition(paramOf(type, expression.code), expression.test);
    case 'composite':
      return compositeCondition(expression, type);
    case 'missing':
      return { k: { $ne: presenceKey(paramOf(type, expression.code), expression.entryKind) } };
    case 'id':
      return { id: { $in: [...expression.ids] } };
    case 'last-updated':
      return { $and: expression.bounds.map(({ op, value }) => ({ updated: { [operators[op]]: value } })) };
  }
}

const operators = { '<': '$lt', '<=': '$lte', '>': '$gt', '>=': '$gte' } as const;

/** All of one element of `c`, in the plainest form: not every server takes `$and` within `$elemMatch`. */
function compositeCondition(
  { code, components }: Extract<SearchExpression, { kind: 'composite' }>,
  type: string,
): Condition {
  if (components.length === 0) return never;
  const keys: string[] = [];
  const patterns: object[] = [];
  const ranges: object[] = [];
  for (const [place, test] of components.entries()) {
    const param = paramOf(type, `${code}$${String(place + 1)}`);
    const key = equalityKey(param, test);
    if (key !== undefined) keys.push(key);
    else if (test.kind === 'string') patterns.push(stringPattern(param, test));
    else if (isRange(test)) ranges.push({ $elemMatch: rangeCondition(param, test) });
  }
  const [pattern, ...others] = patterns;
  const element = {
    p: paramOf(type, code),
    ...(keys.length > 0 || pattern ? { k: { ...(keys.length > 0 ? { $all: keys } : {}), ...pattern } } : {}),
    ...(ranges.length > 0 ? { r: { $all: ranges } } : {}),
    ...(others.length > 0 ? { $and: others.map((one) => ({ k: one })) } : {}),
  };
  return { c: { $elemMatch: element } };
}

type RangeTest = Extract<EntryTest, { kind: 'date' | 'number' | 'quantity' }>;

const isRange = (test: EntryTest): test is RangeTest =>
  test.kind === 'date' || test.kind === 'number' || test.kind === 'quantity';

/** The text that an entry must have in `k`, for tests that ask for one value. */
export function equalityKey(param: string, test: EntryTest): string | undefined {
  switch (test.kind) {
    case 'token': {
      const system = test.system === undefined ? undefined : shortHash(test.system);
      if (test.value !== undefined) return tokenKey(param, shortHash(test.value), system);
      return system === undefined ? presenceKey(param, 'token') : tokenSystemKey(param, system);
    }
    case 'reference':
      return referenceKey(param, shortHash(test.target));
    case 'uri':
      return uriKey(param, shortHash(test.value));
    case 'string':
      return test.match === 'exact' ? exactKey(param, test.folded, test.exact) : undefined;
    default:
      return undefined;
  }
}

function testCondition(param: string, test: EntryTest): Condition {
  const key = equalityKey(param, test);
  if (key !== undefined) return { k: key };
  if (test.kind === 'string') return { k: stringPattern(param, test) };
  if (!isRange(test)) return never;
  return { r: { $elemMatch: rangeCondition(param, test) } };
}

export function stringPattern(param: string, test: Extract<EntryTest, { kind: 'string' }>) {
  const folded = escaped(test.folded.slice(0, stringLimit));
  const start = `^${escaped(stringKey(param, ''))}`;
  return test.match === 'contains'
    ? { $regex: `${start}.*${folded}`, $options: 's' }
    : { $regex: `${start}${folded}` };
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Of several bounds of one kind the narrowest counts. */
function rangeCondition(param: string, test: RangeTest): object {
  const sides: Record<'l' | 'h', Record<string, number>> = { l: {}, h: {} };
  for (const { side, op, value } of test.bounds) {
    const bounds = sides[side === 'low' ? 'l' : 'h'];
    const name = operators[op];
    const other = bounds[name] ?? value;
    bounds[name] = op.startsWith('<') ? Math.min(other, value) : Math.max(other, value);
  }
  return {
    p: rangeParam(param, test.kind),
    ...Object.fromEntries(Object.entries(sides).filter(([, bounds]) => Object.keys(bounds).length > 0)),
    ...(test.kind === 'quantity' ? unitCondition(test) : {}),
  };
}

function unitCondition({ system, value }: Extract<EntryTest, { kind: 'quantity' }>): object {
  const code = value === undefined ? undefined : shortHash(value);
  if (system === undefined) return code === undefined ? {} : { w: code };
  return { s: shortHash(system), ...(code === undefined ? {} : { v: code }) };
}
