import { decodeCursor, encodeCursor, pageBytes, type PagePlace } from '../../fhir/page-cursor.js';
import type { SearchQuery } from '../../fhir/search/search-expression.js';
import { prepareQuery, type Database, type Query } from './driver.js';
import { createNames } from './names.js';
import { countStatement, pageStatements } from './search-page.js';
import { planCheapSearch, planSearch, probeSql, type Probe, type SearchPlan } from './search-plan.js';
import type { Sql } from './search-predicate.js';

export interface SearchPage {
  /** Ids and bodies by turns, which cross threads quickest so. */
  readonly found: string[];
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

type Row =
  | [id: string, body: string | number, rid: number]
  | [id: string, body: string | number, rid: number, sortValue: string | number | null];

export function createSearch(database: Database): Search {
  const names = createNames(database);
  const prepared = createStatements(database);
  const bodyAt = prepareQuery<[string]>(database, 'SELECT body FROM version WHERE seq = ?');
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
    const found: string[] = [];
    if (!made) return { found, ...(query.total === 'none' ? {} : { total: 0 }) };
    const rows = query.limit > 0 ? readRows(made, { after, limit: query.limit + 1 }) : [];
    const shown = takePage(found, rows.slice(0, query.limit), bodyAt);
    const last = rows[shown - 1];
    return {
      found,
      ...(last && rows.length > shown ? { nextCursor: encodeCursor(order, placeOf(last)) } : {}),
      ...(query.total === 'none' ? {} : { total: count(countStatement(made)) }),
    };
  }

  function readRows(
    made: SearchPlan,
    { after, limit, bodies = true }: { after?: PagePlace | undefined; limit: number; bodies?: boolean },
  ): Row[] {
    const most = bodies ? Math.floor(pageBytes / limit) : -1;
    const rows: Row[] = [];
    for (const { text, values } of pageStatements(made, after)) {
      if (rows.length < limit) rows.push(...prepared(text).all(most, ...values, limit - rows.length));
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
      const rows = made ? readRows(made, { limit: query.limit, bodies: false }) : [];
      return { ids: rows.map(([id]) => id) };
    },
    forget: () => names.forget(),
  };
}

/** Fills `found` with ids and bodies; answers how many rows there was room for. */
function takePage(found: string[], rows: readonly Row[], bodyAt: Query<[string]>): number {
  let size = 0;
  for (const [place, [id, held]] of rows.entries()) {
    const body = typeof held === 'string' ? held : (bodyAt.get(held)?.[0] ?? '');
    size += body.length;
    if (size > pageBytes && place > 0) return place;
    found.push(id, body);
  }
  return rows.length;
}

const placeOf = (row: Row): PagePlace => ({ row: row[2], value: row.length === 4 ? row[3] : null });

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
