import { hash64 } from '../../fhir/hash64.js';
import { stringLimit } from '../../fhir/search/index-codec.js';
import type { Bound, EntryTest, SearchExpression } from '../../fhir/search/search-expression.js';
import { kindNumbers } from './dictionary.js';
import type { SqlValue } from './driver.js';
import type { Names } from './names.js';

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export interface SearchedType {
  readonly names: Names;
  /** Number of the searched type. */
  readonly type: number;
}

export const never: Sql = { text: '0', values: [] };
const always: Sql = { text: '1', values: [] };

export function join(parts: readonly Sql[], operator: ' AND ' | ' OR ' | ', '): Sql {
  return {
    text: parts.map(({ text }) => text).join(operator),
    values: parts.flatMap(({ values }) => values),
  };
}

/**
 * The expression as a condition on a row of `resource r`. What is known beforehand, because nothing has such a parameter,
 * is folded: a constant left in a condition would keep the planner from the index that it is told to use.
 */
export function predicate(expression: SearchExpression, searched: SearchedType): Sql {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return group(expression, searched);
    case 'not':
      return negation(predicate(expression.of, searched));
    case 'param':
      return paramPredicate(expression.code, expression.test, searched);
    case 'composite':
      return compositePredicate(expression.code, expression.components, searched);
    case 'missing':
      return missingPredicate(expression.code, kindNumbers[expression.entryKind], searched);
    case 'id':
      return { text: 'r.id IN (SELECT value FROM json_each(?))', values: [JSON.stringify(expression.ids)] };
    case 'last-updated':
      return instantBounds('r.last_updated', expression.bounds);
  }
}

export const holdsNever = ({ text }: Sql): boolean => text === never.text;
export const holdsAlways = ({ text }: Sql): boolean => text === always.text;

function negation(inner: Sql): Sql {
  if (holdsNever(inner)) return always;
  return holdsAlways(inner) ? never : { text: `NOT (${inner.text})`, values: inner.values };
}

function group({ kind, of }: Extract<SearchExpression, { kind: 'and' | 'or' }>, searched: SearchedType): Sql {
  const [decides, isNeutral] = kind === 'and' ? [holdsNever, holdsAlways] : [holdsAlways, holdsNever];
  const parts = of.map((one) => predicate(one, searched)).filter((part) => !isNeutral(part));
  const decided = parts.find(decides);
  if (decided) return decided;
  if (parts.length === 0) return kind === 'and' ? always : never;
  return chain(parts, kind === 'and' ? ' AND ' : ' OR ');
}

/** SQLite limits the depth of an expression, and a chain of n operators is n deep. */
const longestChain = 100;

function chain(parts: readonly Sql[], operator: ' AND ' | ' OR '): Sql {
  const middle = Math.ceil(parts.length / 2);
  const { text, values } =
    parts.length <= longestChain
      ? join(parts, operator)
      : join([chain(parts.slice(0, middle), operator), chain(parts.slice(middle), operator)], operator);
  return { text: `(${text})`, values };
}

function paramPredicate(code: string, test: EntryTest, searched: SearchedType): Sql {
  const param = searched.names.param(searched.type, code);
  if (param === undefined) return never;
  if (test.kind === 'token' && test.system === undefined && test.value === undefined) {
    return negation(missingPredicate(code, kindNumbers.token, searched));
  }
  const rows = testRows(test, { param, alias: 'i' });
  if (rows.byResource) {
    const { text, values } = rows.where;
    return { text: exists(`${rows.table} i WHERE ${text} AND i.rid = r.rid`), values };
  }
  return {
    text: `r.rid IN (SELECT i.rid FROM ${rows.table} i WHERE ${rows.where.text})`,
    values: rows.where.values,
  };
}

/** A resource's shape says which parameters it has entries of. */
function missingPredicate(code: string, kind: number, { names, type }: SearchedType): Sql {
  const param = names.param(type, code);
  if (param === undefined) return always;
  return {
    text: 'r.shape NOT IN (SELECT shape FROM shape_param WHERE param = ? AND kind = ?)',
    values: [param, kind],
  };
}

function compositePredicate(code: string, components: readonly EntryTest[], searched: SearchedType): Sql {
  const all = components.map((test, place) => {
    const param = searched.names.param(searched.type, `${code}$${String(place + 1)}`);
    return param === undefined ? undefined : testRows(test, { param, alias: `i${String(place)}` });
  });
  const rows = all.filter((one) => one !== undefined);
  if (rows.length < all.length || rows.length === 0) return never;
  // What is found by resource drives; what is not must not be asked for resource by resource.
  const [lead, ...others] = rows.sort((a, b) => Number(b.byResource) - Number(a.byResource));
  if (!lead) return never;
  const conditions = [lead.where, ...others.map((other) => sameElement(lead.alias, other))];
  const { text, values } = join(conditions, ' AND ');
  const from = `${lead.table} ${lead.alias} WHERE ${text}`;
  return lead.byResource
    ? { text: exists(`${from} AND ${lead.alias}.rid = r.rid`), values }
    : { text: `r.rid IN (SELECT ${lead.alias}.rid FROM ${from})`, values };
}

/**
 * The LIMIT keeps it a subquery: SQLite 3.53 makes a join of an EXISTS otherwise, and where one stands in another and
 * a further table is joined, it stops at the first row of the outer one, whether the inner one holds for it or not.
 */
const exists = (from: string): string => `EXISTS (SELECT 1 FROM ${from} LIMIT 1)`;

function sameElement(lead: string, { table, alias, where, byResource }: TestRows): Sql {
  const { text, values } = where;
  if (!byResource) {
    return {
      text: `(${lead}.rid, ${lead}.ordinal) IN (SELECT ${alias}.rid, ${alias}.ordinal FROM ${table} ${alias} WHERE ${text})`,
      values,
    };
  }
  const same = `${alias}.rid = ${lead}.rid AND ${alias}.ordinal = ${lead}.ordinal`;
  return { text: exists(`${table} ${alias} WHERE ${text} AND ${same}`), values };
}

export interface TestRows {
  readonly table: string;
  readonly alias: string;
  readonly where: Sql;
  /** With the test's constants the rows of one resource are found directly. */
  readonly byResource: boolean;
}

/** The rows of an index table that satisfy a test. */
export function testRows(
  test: EntryTest,
  { param, alias }: { readonly param: number; readonly alias: string },
): TestRows {
  const at = (table: string, byResource: boolean, conditions: readonly Sql[]): TestRows => ({
    table,
    alias,
    byResource,
    where: join([{ text: `${alias}.param = ?`, values: [param] }, ...conditions], ' AND '),
  });
  const equal = (column: string, value: SqlValue): Sql => ({
    text: `${alias}.${column} = ?`,
    values: [value],
  });
  switch (test.kind) {
    case 'token': {
      const value = test.value === undefined ? [] : [equal('value', hash64(test.value))];
      const system = test.system === undefined ? [] : [equal('system', hash64(test.system))];
      return at('token_index', test.value !== undefined, [...value, ...system]);
    }
    case 'reference':
      return at('reference_index', true, [equal('value', hash64(test.target))]);
    case 'uri':
      return at('uri_index', true, [equal('value', hash64(test.value))]);
    case 'string':
      return at('string_index', false, [stringCondition(alias, test)]);
    case 'date':
      return at('date_index', true, bounds(alias, test.bounds));
    case 'number':
      return at('number_index', true, bounds(alias, test.bounds));
    case 'quantity':
      return at('quantity_index', true, [...bounds(alias, test.bounds), ...unitConditions(alias, test)]);
  }
}

function stringCondition(alias: string, test: Extract<EntryTest, { kind: 'string' }>): Sql {
  const folded = test.folded.slice(0, stringLimit);
  switch (test.match) {
    case 'exact':
      return {
        text: `${alias}.folded = ? AND ${alias}.exact = ?`,
        values: [folded, test.exact.slice(0, stringLimit)],
      };
    case 'contains':
      return { text: `instr(${alias}.folded, ?) > 0`, values: [folded] };
    case 'starts': {
      const end = afterAllWith(folded);
      const from: Sql = { text: `${alias}.folded >= ?`, values: [folded] };
      return end === undefined ? from : join([from, { text: `${alias}.folded < ?`, values: [end] }], ' AND ');
    }
  }
}

/** The least text above all that begin with the prefix, in the order of code points; undefined when there is none. */
export function afterAllWith(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1;
    if (next > 0x10ffff) continue;
    // Surrogates are no characters and have no place in UTF-8.
    return points.join('') + String.fromCodePoint(next >= 0xd800 && next <= 0xdfff ? 0xe000 : next);
  }
  return undefined;
}

function unitConditions(alias: string, { system, value }: Extract<EntryTest, { kind: 'quantity' }>): Sql[] {
  const conditions: Sql[] = [];
  if (system !== undefined) conditions.push({ text: `${alias}.system = ?`, values: [hash64(system)] });
  if (value === undefined) return conditions;
  const unit = hash64(value);
  if (system !== undefined) conditions.push({ text: `${alias}.value = ?`, values: [unit] });
  else conditions.push({ text: `(${alias}.value = ? OR ${alias}.unit = ?)`, values: [unit, unit] });
  return conditions;
}

const operators: Readonly<Record<Bound['op'], string>> = { '<': '<', '<=': '<=', '>': '>', '>=': '>=' };
const sides: Readonly<Record<Bound['side'], string>> = { low: 'low', high: 'high' };

const bounds = (alias: string, of: readonly Bound[]): Sql[] =>
  of.map(({ side, op, value }) => ({ text: `${alias}.${sides[side]} ${operators[op]} ?`, values: [value] }));

/** Bounds of an instant: its low and its high are the same. */
export function instantBounds(column: string, of: readonly Bound[]): Sql {
  if (of.length === 0) return always;
  return join(
    of.map(({ op, value }) => ({ text: `${column} ${operators[op]} ?`, values: [value] })),
    ' AND ',
  );
}
