import { fhirError } from '../../fhir/fhir-error.js';
import type { ResourceKey } from '../../fhir/key.js';
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
  const found = matches[0] && (await currentOf(deps, matches[0].key));
  return { found, guard: { kind: 'matches-exactly', query, keys: found ? [found.key] : [] } };
}

/** Undefined where it was deleted meanwhile. Also tells what is kept apart with a fork. */
async function currentOf(
  deps: Pick<RecordDeps, 'store'>,
  key: ResourceKey,
): Promise<StoredVersion | undefined> {
  const [current] = await deps.store.read([key]);
  return current?.deleted ? undefined : current;
}
