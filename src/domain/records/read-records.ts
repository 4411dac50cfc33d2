import { FhirError, fhirError } from '../../fhir/fhir-error.js';
import type { ResourceKey } from '../../fhir/key.js';
import { parseSearch, type QueryPairs, type SearchRequest } from '../../fhir/search/parse-search.js';
import type {
  HistoryPage,
  HistoryResult,
  HistoryScope,
  SearchResult,
  StoredVersion,
} from '../../ports/store.js';
import { lookUpPersons } from './look-up-persons.js';
import type { CallContext, RecordDeps } from './record-deps.js';

export interface SearchPage {
  readonly request: SearchRequest;
  readonly result: SearchResult;
  /** Whose records were searched is what this node alone makes of it. */
  readonly provisional: boolean;
}

/** http://hl7.org/fhir/R4/http.html#read: `not-found` where nothing was ever held, `gone` after a delete. */
export async function readRecord(deps: Pick<RecordDeps, 'store'>, key: ResourceKey): Promise<StoredVersion> {
  const [version] = await deps.store.read([key]);
  return present(version, key);
}

/** http://hl7.org/fhir/R4/http.html#vread */
export async function readVersion(
  deps: Pick<RecordDeps, 'store'>,
  key: ResourceKey,
  versionId: number,
): Promise<StoredVersion> {
  return present(await deps.store.readVersion(key, versionId), key);
}

/** http://hl7.org/fhir/R4/search.html. Throws `unsupported-search` with all that is wrong with the query. */
export async function searchRecords(
  deps: RecordDeps,
  context: Pick<CallContext, 'base' | 'handling'>,
  query: { readonly type: string; readonly pairs: QueryPairs },
): Promise<SearchPage> {
  const lookedUp = await lookUpPersons(deps, context, query.pairs);
  const request = parseSearch(query.type, query.pairs, {
    handling: context.handling,
    base: context.base,
    now: deps.clock.now(),
    ...deps.search,
    ...(lookedUp ? { persons: lookedUp.persons } : {}),
  });
  const result = await deps.store.search(request.query);
  return { request, result, provisional: lookedUp?.provisional ?? false };
}

/** http://hl7.org/fhir/R4/http.html#history, newest arrival first. `not-found` for an instance that was never held. */
export async function readHistory(
  deps: Pick<RecordDeps, 'store'>,
  scope: HistoryScope,
  page: HistoryPage,
): Promise<HistoryResult> {
  if (scope.kind === 'instance') {
    const [current] = await deps.store.read([scope.key]);
    if (!current) throw notFound(scope.key);
  }
  return deps.store.history(scope, page);
}

function present(version: StoredVersion | undefined, key: ResourceKey): StoredVersion {
  if (!version) throw notFound(key);
  if (!version.deleted) return version;
  throw new FhirError('gone', [
    { severity: 'error', code: 'deleted', diagnostics: `This ${key.type} was deleted` },
  ]);
}

const notFound = (key: ResourceKey): FhirError =>
  fhirError('not-found', 'not-found', `No such ${key.type} or no such version of it at this node`);
