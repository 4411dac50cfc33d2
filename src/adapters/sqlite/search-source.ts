import type { Bound, EntryTest, SearchExpression } from '../../fhir/search/search-expression.js';
import { instantBounds, join, testRows, type SearchedType, type Sql } from './search-predicate.js';

/** Rows from which the resources of a search can be drawn instead of all of its type. */
export interface Source {
  /** A query of `rid`, with repeats. */
  readonly rids: Sql;
  /** Table, its alias `d` and the condition, where the rows come in the order of rid. */
  readonly ordered?: { readonly table: string; readonly where: Sql };
  /** Drawing from it says all that the term says. */
  readonly covers: boolean;
}

/** Undefined where the term gives no rows to draw from, only a condition to check. */
export function sourceOf(term: SearchExpression, searched: SearchedType): Source | undefined {
  switch (term.kind) {
    case 'param':
      return paramSource(term.code, term.test, { searched, covers: true });
    case 'composite': {
      const place = term.components.findIndex(isEquality);
      const component = term.components[place];
      if (!component) return undefined;
      return paramSource(`${term.code}$${String(place + 1)}`, component, { searched, covers: false });
    }
    case 'or':
      return unionSource(term.of, searched);
    case 'id':
      return {
        covers: true,
        rids: {
          text: 'SELECT rid FROM resource INDEXED BY resource_by_id WHERE type = ? AND deleted = 0 AND id IN (SELECT value FROM json_each(?))',
          values: [searched.type, JSON.stringify(term.ids)],
        },
      };
    case 'last-updated': {
      const { text, values } = instantBounds('last_updated', term.bounds);
      const from =
        'SELECT rid FROM resource INDEXED BY resource_by_update WHERE type = ? AND deleted = 0 AND';
      return { covers: true, rids: { text: `${from} ${text}`, values: [searched.type, ...values] } };
    }
    default:
      return undefined;
  }
}

const isEquality = (test: EntryTest): boolean =>
  test.kind === 'reference' || test.kind === 'uri' || (test.kind === 'token' && test.value !== undefined);

function paramSource(
  code: string,
  test: EntryTest,
  { searched, covers }: { readonly searched: SearchedType; readonly covers: boolean },
): Source | undefined {
  const param = searched.names.param(searched.type, code);
  if (param === undefined) return { covers, rids: { text: 'SELECT NULL AS rid WHERE 0', values: [] } };
  if (test.kind === 'date') return { covers, rids: dateRids(param, test.bounds) };
  const { table, where } = testRows(test, { param, alias: 'd' });
  const rids: Sql = { text: `SELECT d.rid FROM ${table} d WHERE ${where.text}`, values: where.values };
  if (isEquality(test) || (test.kind === 'string' && test.match === 'exact')) {
    return { covers, rids, ordered: { table, where } };
  }
  return test.kind === 'string' && test.match === 'starts' && test.folded !== ''
    ? { covers, rids }
    : undefined;
}

/**
 * Along the lows, or along the highest high of each resource where only highs are bounded from below. As low ≤ high, a
 * bound from above on the high holds for the low too.
 */
function dateRids(param: number, of: readonly Bound[]): Sql {
  const only = of[0];
  if (of.length === 1 && only?.side === 'high' && only.op.startsWith('>')) {
    return {
      text: `SELECT d.rid FROM date_index d INDEXED BY date_by_high WHERE d.param = ? AND d.last = 1 AND d.high ${only.op} ?`,
      values: [param, only.value],
    };
  }
  const implied = of.flatMap(({ side, op, value }): Bound[] =>
    side === 'high' && op.startsWith('<') ? [{ side: 'low', op, value }] : [],
  );
  const { where } = testRows({ kind: 'date', bounds: [...of, ...implied] }, { param, alias: 'd' });
  return {
    text: `SELECT d.rid FROM date_index d INDEXED BY date_by_low WHERE ${where.text}`,
    values: where.values,
  };
}

/** SQLite takes up to 500 in one compound. */
const mostSources = 100;

function unionSource(of: readonly SearchExpression[], searched: SearchedType): Source | undefined {
  if (of.length > mostSources) return undefined;
  const sources = of.map((one) => sourceOf(one, searched));
  const known = sources.filter((source) => source !== undefined);
  if (known.length < sources.length || known.some(({ covers }) => !covers)) return undefined;
  if (known.length === 0) return { covers: true, rids: { text: 'SELECT NULL AS rid WHERE 0', values: [] } };
  const texts = known.map(({ rids }) => rids.text);
  return {
    covers: true,
    rids: {
      text: texts.join(' UNION ALL '),
      values: join(
        known.map(({ rids }) => rids),
        ', ',
      ).values,
    },
  };
}

/** The terms of which all must hold. */
export function termsOf(expression: SearchExpression): readonly SearchExpression[] {
  return expression.kind === 'and' ? expression.of.flatMap(termsOf) : [expression];
}
