import type { SearchExpression, SearchQuery, SortKey } from '../../fhir/search/search-expression.js';
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
  /** Many, in the order of first arrival. */
  | { readonly from: 'ordered'; readonly source: Source & Required<Pick<Source, 'ordered'>> }
  /** Along the sort key through all of the type. */
  | { readonly from: 'type' };

/** Up to so many rows are drawn whole and sorted. */
const fewRows = 1_000;
/** Up to so many cost less than handing the search to another thread. */
const cheapRows = 100;

/** Counts rows of a source up to a limit. */
export type Probe = (rids: Sql, limit: number) => number;

export function planSearch(query: SearchQuery, searched: SearchedType, probe: Probe): SearchPlan {
  const terms = termsOf(query.where);
  const plan = { searched, sort: query.sort };
  const conditions = terms.map((term) => predicate(term, searched));
  if (conditions.some(holdsNever))
    return { ...plan, draw: { from: 'nowhere' }, filter: undefined, cheap: true };
  const filterBut = (place: number): Sql | undefined => {
    const rest = conditions.filter((condition, other) => other !== place && !holdsAlways(condition));
    return rest.length === 0 ? undefined : join(rest, ' AND ');
  };
  const choice = chooseSource(query, { terms, searched, probe });
  if (!choice) {
    const filter = filterBut(-1);
    const cheap = filter === undefined && query.sort.by !== 'date' && query.total === 'none';
    return { ...plan, draw: { from: 'type' }, filter, cheap };
  }
  const filter = filterBut(choice.source.covers ? choice.place : -1);
  if (choice.rows < fewRows) {
    return { ...plan, draw: { from: 'few', source: choice.source }, filter, cheap: choice.rows <= cheapRows };
  }
  const { ordered } = choice.source;
  if (query.sort.by !== 'first-arrival' || !ordered) {
    return { ...plan, draw: { from: 'type' }, filter: filterBut(-1), cheap: false };
  }
  const cheap = filter === undefined && query.total === 'none';
  return { ...plan, draw: { from: 'ordered', source: { ...choice.source, ordered } }, filter, cheap };
}

interface Choice {
  readonly place: number;
  readonly source: Source;
  /** Counted up to `fewRows`. */
  readonly rows: number;
}

interface Terms {
  readonly terms: readonly SearchExpression[];
  readonly searched: SearchedType;
  readonly probe: Probe;
}

/** The source with the fewest rows; among those with many, the first that comes in order. */
function chooseSource(query: SearchQuery, { terms, searched, probe }: Terms): Choice | undefined {
  let best: Choice | undefined;
  const sources = terms.map((term) => sourceOf(term, searched));
  for (const [place, source] of sources.entries()) {
    if (!source) continue;
    // A single one in the right order is read along whatever its length, so that counting it decides nothing.
    const sure = terms.length === 1 && source.ordered && query.sort.by === 'first-arrival';
    const rows = sure ? fewRows : probe(source.rids, fewRows);
    const better =
      best === undefined ||
      rows < best.rows ||
      (rows === best.rows && !best.source.ordered && source.ordered);
    if (better) best = { place, source, rows };
  }
  return best;
}

export const probeSql = (rids: Sql, limit: number): Sql => ({
  text: `SELECT count(*) FROM (SELECT 1 FROM (${rids.text}) LIMIT ?)`,
  values: [...rids.values, limit] satisfies SqlValue[],
});
