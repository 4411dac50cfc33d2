import { fhirError } from '../../fhir/fhir-error.js';
import { parseCriteria } from '../../fhir/search/parse-search.js';
import type { SearchQuery } from '../../fhir/search/search-expression.js';
import type { Guard, StoredVersion } from '../../ports/store.js';
import type { CallContext, RecordDeps } from './record-deps.js';

export interface CriteriaMatch {
  /** The one match; undefined where nothing matches. */
  readonly found: StoredVersion | undefined;
  /** Fails the commit when the criteria match anything else by then. */
  readonly guard: Extract<Guard, { kind: 'matches-exactly' }>;
}

/**
 * Resolves the criteria of a conditional interaction (http://hl7.org/fhir/R4/http.html#ccreate): `criteria` is a query
 * string of search parameters. Throws `forbidden` without the right to search, `multiple-matches` for more than one.
 */
export async function matchCriteria(
  deps: RecordDeps,
  context: CallContext,
  condition: { readonly type: string; readonly criteria: string },
): Promise<CriteriaMatch> {
  const { type } = condition;
  deps.authorize(context.principal, type, 's');
  const query: SearchQuery = {
    type,
    where: parseCriteria(type, condition.criteria, context.base),
    sort: { by: 'first-arrival', descending: false },
    limit: 2,
    total: 'none',
  };
  const { matches } = await deps.store.search(query);
  if (matches.length > 1) {
    throw fhirError('multiple-matches', 'multiple-matches', `The criteria match more than one ${type}`);
  }
  const found = matches[0] && (await withKeptApart(deps, matches[0]));
  return { found, guard: { kind: 'matches-exactly', query, keys: found ? [found.key] : [] } };
}

/** A search does not tell what is kept apart with a fork, above which the next version must be numbered. */
async function withKeptApart(deps: Pick<RecordDeps, 'store'>, found: StoredVersion): Promise<StoredVersion> {
  const [current] = await deps.store.read([found.key]);
  return current?.versionId === found.versionId ? current : found;
}
