import type { FhirError } from '../../../fhir/fhir-error.js';
import type { HistoryResult, HistoryScope, StoredVersion } from '../../../ports/store.js';
import type { QueryPairs } from '../../../fhir/search/search-request.js';
import type { SearchPage } from '../read-records.js';
import type { WriteAnswer } from '../record-deps.js';

export interface BundleAnswer {
  readonly type: 'batch' | 'transaction';
  /** In the order of the request's entries. */
  readonly entries: readonly EntryAnswer[];
}

export type EntryAnswer =
  | { readonly kind: 'write'; readonly answer: WriteAnswer }
  | { readonly kind: 'version'; readonly version: StoredVersion }
  /** Of a HEAD: carried out, but nothing of it is shown except which version it was, where it was one. */
  | { readonly kind: 'head'; readonly version?: StoredVersion }
  | { readonly kind: 'not-modified'; readonly version: StoredVersion }
  | { readonly kind: 'search'; readonly page: SearchPage }
  | {
      readonly kind: 'history';
      readonly scope: HistoryScope;
      readonly pairs: QueryPairs;
      readonly result: HistoryResult;
    }
  | { readonly kind: 'refused'; readonly error: FhirError };
