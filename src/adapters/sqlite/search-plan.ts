import type { SearchQuery, SortKey } from '../../fhir/search/search-expression.js';
import type { SqlValue } from './driver.js';
import { holdsAlways, holdsNever, join, predicate, type SearchedType, type Sql } from './search-predicate.js';
import { sourceOf, termsOf, type Source } from './search-source.js';

/** How a search is carried out. */
export interface SearchPlan {
  readonly searched: SearchedType;
  readonly sort: SortKey;
  readonly draw: Draw;
  /** What is checked of each resource drawn; on `resource r`. */
  readonly filter: Sql | undefined;
  /** Takes about as long as its page is long, whatever the store holds. */
  readonly cheap: boolean;
}

export type Draw =
  /** No resource can match. */
  | { readonly from: 'nowhere' }
  /** Few: drawn whole, then sorted. */
  | { readonly from: 'few'; readonly source: Source }
  /** Collected, then read in the order of first arrival up to the end of the page. */
  | { readonly from: 'list'; readonly source: Source }
  /** Read in the order of first arrival up to the end of the page. */
  | { readonly from: 'ordered'; readonly source: OrderedSource }
  /** Along the sort key through all of the type, up to the end of the page. */
  | { readonly from: 'type' };

type OrderedSource = Source & Required<Pick<Source, 'ordered'>>;

/** Up to so many rows cost less than handing the search to another thread. */
const cheapRows = 100;
/** Up to so many rows are drawn whole and sorted. */
const fewRows = 1_000;
/** Up to so many rows are collected: about 20 ms. More lie so dense that the type is read along. */
const listRows = 100_000;

/** Counts rows of a source up to a limit. */
export type Probe = (rids: Sql, limit: number) => number;

interface Terms {
  readonly query: SearchQuery;
  readonly searched: SearchedType;
  readonly sources: readonly { readonly place: number; readonly source: Source }[];
  readonly conditions: readonly Sql[];
}

export function planSearch(query: SearchQuery, searched: SearchedType, probe: Probe): SearchPlan {
  const terms = readTerms(query, searched);
  return planCheap(terms) ?? planByRows(terms, probe, [fewRows, listRows]);
}

/** Undefined where the search may take long; finds that out in microseconds. */
export function planCheapSearch(
  query: SearchQuery,
  searched: SearchedType,
  probe: Probe,
): SearchPlan | undefined {
  const terms = readTerms(query, searched);
  const plan = planCheap(terms) ?? planByRows(terms, probe, [cheapRows + 1]);
  return plan.cheap ? plan : undefined;
}

function readTerms(query: SearchQuery, searched: SearchedType): Terms {
  const all = termsOf(query.where);
  const sources = all.flatMap((term, place) => {
    const source = sourceOf(term, searched);
    return source ? [{ place, source }] : [];
  });
  return { query, searched, sources, conditions: all.map((term) => predicate(term, searched)) };
}

/** What needs no look at the data. */
function planCheap(terms: Terms): SearchPlan | undefined {
  const { query, sources, conditions } = terms;
  if (conditions.some(holdsNever)) return planOf(terms, { from: 'nowhere' }, undefined);
  const [only] = sources;
  // The one source in the right order is read along whatever its length.
  if (only && conditions.length === 1 && query.sort.by === 'first-arrival' && isOrdered(only.source)) {
    return planOf(terms, { from: 'ordered', source: only.source }, only);
  }
  return sources.length === 0 ? planOf(terms, { from: 'type' }, undefined) : undefined;
}

/** Counts the sources up to the first limit; where none has fewer rows, up to the next. */
function planByRows(terms: Terms, probe: Probe, limits: readonly number[]): SearchPlan {
  const { sources, query } = terms;
  const inOrder = query.sort.by === 'first-arrival';
  for (const limit of limits) {
    let least: { place: number; source: Source; rows: number } | undefined;
    for (const { place, source } of sources) {
      const rows = probe(source.rids, limit);
      if (rows < (least?.rows ?? limit)) least = { place, source, rows };
    }
    if (!least) continue;
    if (least.rows < fewRows) return planOf(terms, { from: 'few', source: least.source }, least);
    if (!inOrder) break;
    const { source } = least;
    return planOf(terms, isOrdered(source) ? { from: 'ordered', source } : { from: 'list', source }, least);
  }
  for (const { place, source } of inOrder ? sources : []) {
    if (isOrdered(source)) return planOf(terms, { from: 'ordered', source }, { place, source });
  }
  return planOf(terms, { from: 'type' }, undefined);
}

const isOrdered = (source: Source): source is OrderedSource => source.ordered !== undefined;

interface Drawn {
  readonly place: number;
  readonly source: Source;
  readonly rows?: number;
}

function planOf({ query, searched, conditions }: Terms, draw: Draw, drawn: Drawn | undefined): SearchPlan {
  const said = drawn?.source.covers ? drawn.place : -1;
  const rest = conditions.filter((condition, place) => place !== said && !holdsAlways(condition));
  const filter = rest.length === 0 ? undefined : join(rest, ' AND ');
  const alongKey = draw.from === 'ordered' || (draw.from === 'type' && query.sort.by !== 'date');
  const cheap =
    draw.from === 'nowhere' ||
    (draw.from === 'few' && (drawn?.rows ?? Infinity) <= cheapRows) ||
    (alongKey && filter === undefined && query.total === 'none');
  return { searched, sort: query.sort, draw, filter, cheap };
}

export const probeSql = (rids: Sql, limit: number): Sql => ({
  text: `SELECT count(*) FROM (SELECT 1 FROM (${rids.text}) LIMIT ?)`,
  values: [...rids.values, limit] satisfies SqlValue[],
});
