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
  const found = await findOne(deps, query);
  return { found, guard: { kind: 'matches-exactly', query, keys: found ? [found.key] : [] } };
}

const mostAttempts = 5;

/** The version that matched, whole: read again, and searched for again where another one has come in between. */
async function findOne(
  { store }: Pick<RecordDeps, 'store'>,
  query: SearchQuery,
): Promise<StoredVersion | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const { matches } = await store.search(query);
    if (matches.length > 1) {
      throw fhirError(
        'multiple-matches',
        'multiple-matches',
        `The criteria match more than one ${query.type}`,
      );
    }
    const [match] = matches;
    if (!match) return undefined;
    const [current] = await store.read([match.key]);
    if (current?.body === match.body) return current;
  }
  throw fhirError('conflict', 'conflict', 'What the criteria match keeps changing: repeat the request');
}
