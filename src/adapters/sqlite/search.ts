import type { SearchQuery } from '../../fhir/search/search-expression.js';
import { prepareQuery, type Database, type Query } from './driver.js';
import { createNames } from './names.js';
import { packedFields, packVersion, type PackedVersions } from './packed-versions.js';
import { decodeCursor, encodeCursor, type PagePlace } from './page-cursor.js';
import { countStatement, pageStatements } from './search-page.js';
import { planCheapSearch, planSearch, probeSql, type Probe, type SearchPlan } from './search-plan.js';
import type { Sql } from './search-predicate.js';

export interface SearchPage {
  readonly versions: PackedVersions;
  readonly nextCursor?: string;
  readonly total?: number;
}

export interface Search {
  /** Throws FhirError `malformed` for a cursor that is none of this query's. */
  run(query: SearchQuery): SearchPage;
  /** Undefined, having done next to nothing, where the search may take longer than its page is long. */
  runCheap(query: SearchQuery): SearchPage | undefined;
  /** Undefined where the store has nothing of the type. */
  plan(query: SearchQuery): SearchPlan | undefined;
  /** Ids of the first `limit` matches. */
  matches(query: SearchQuery): { readonly ids: readonly string[] };
  /** After a rollback on the same connection. */
  forget(): void;
}

type Row = (string | number | null)[];

export function createSearch(database: Database): Search {
  const names = createNames(database);
  const prepared = createStatements(database);
  const count = ({ text, values }: Sql): number => Number(prepared(text).get(...values)?.[0] ?? 0);

  const probe: Probe = (rids, limit) => count(probeSql(rids, limit));

  function plan(query: SearchQuery): SearchPlan | undefined {
    const type = names.type(query.type);
    return type === undefined ? undefined : planSearch(query, { names, type }, probe);
  }

  function runPlan(query: SearchQuery, made: SearchPlan | undefined): SearchPage {
    const { asked = JSON.stringify(query.where) } = query;
    const order = `${query.type} ${JSON.stringify(query.sort)} ${asked}`;
    const after = query.cursor === undefined ? undefined : decodeCursor(order, query.cursor);
    const versions: PackedVersions = [];
    if (!made) return { versions, ...(query.total === 'none' ? {} : { total: 0 }) };
    const rows = query.limit > 0 ? readRows(pageStatements(made, after), query.limit + 1) : [];
    const last = rows[query.limit - 1];
    for (const row of rows.slice(0, query.limit)) packVersion(versions, row);
    return {
      versions,
      ...(last && rows.length > query.limit ? { nextCursor: encodeCursor(order, placeOf(last)) } : {}),
      ...(query.total === 'none' ? {} : { total: count(countStatement(made)) }),
    };
  }

  function readRows(statements: readonly Sql[], limit: number): Row[] {
    const rows: Row[] = [];
    for (const { text, values } of statements) {
      if (rows.length < limit) rows.push(...prepared(text).all(...values, limit - rows.length));
    }
    return rows;
  }

  return {
    plan,
    run: (query) => runPlan(query, plan(query)),
    runCheap(query) {
      const type = names.type(query.type);
      if (type === undefined) return runPlan(query, undefined);
      const made = planCheapSearch(query, { names, type }, probe);
      return made && runPlan(query, made);
    },
    matches(query) {
      const made = plan(query);
      const rows = made ? readRows(pageStatements(made, undefined), query.limit) : [];
      return { ids: rows.map((row) => row[2] as string) };
    },
    forget: () => names.forget(),
  };
}

const placeOf = (row: Row): PagePlace => ({
  row: row[packedFields] as number,
  value: row[packedFields + 1] ?? null,
});

/** Statements by their text: shapes of searches come again, their values are bound. */
const mostStatements = 300;

function createStatements(database: Database): (text: string) => Query<Row> {
  const known = new Map<string, Query<Row>>();
  return (text) => {
    const found = known.get(text);
    if (found) return found;
    if (known.size >= mostStatements) known.clear();
    const made = prepareQuery<Row>(database, text);
    known.set(text, made);
    return made;
  };
}
