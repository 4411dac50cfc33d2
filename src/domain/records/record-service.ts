import { FhirError } from '../../fhir/fhir-error.js';
import { isValidId } from '../../fhir/id-rules.js';
import { toReference, type ResourceKey } from '../../fhir/key.js';
import type { QueryPairs } from '../../fhir/search/search-request.js';
import type { HistoryPage, HistoryResult, HistoryScope, StoredVersion } from '../../ports/store.js';
import type { BundleAnswer } from './bundle/bundle-answer.js';
import { mostEntries, tooCostly } from './bundle/limits.js';
import type { RecordWrites } from './bundle/record-writes.js';
import { runBatch } from './bundle/run-batch.js';
import { runTransaction } from './bundle/run-transaction.js';
import { createRecord } from './create-record.js';
import { deleteByCriteria, deleteRecord } from './delete-record.js';
import { readHistory, readRecord, readVersion, searchRecords, type SearchPage } from './read-records.js';
import type { CallContext, RecordDeps, WriteContext } from './record-deps.js';
import { createSerialByKey } from './serial-by-key.js';
import { updateByCriteria, updateRecord } from './update-record.js';

/** Records in, records out. Knows no HTTP; every method throws FhirError where it can't serve. */
export interface RecordService extends RecordWrites {
  read(key: ResourceKey): Promise<StoredVersion>;
  vread(key: ResourceKey, versionId: number): Promise<StoredVersion>;
  history(scope: HistoryScope, page: HistoryPage): Promise<HistoryResult>;
  search(
    context: Pick<CallContext, 'base' | 'handling'>,
    query: { readonly type: string; readonly pairs: QueryPairs },
  ): Promise<SearchPage>;
  /** A batch or a transaction, as the Bundle's type says. */
  bundle(context: WriteContext, text: string): Promise<BundleAnswer>;
}

export function createRecordService(deps: RecordDeps): RecordService {
  const inTurn = createSerialByKey();
  const writes: RecordWrites = {
    create: (context, request) =>
      noted(deps, { context, key: { type: request.type }, text: request.text }, () =>
        createRecord(deps, context, request),
      ),
    update: (context, request) =>
      noted(deps, { context, key: request.key, text: request.text }, () =>
        inTurn(toReference(request.key), () => updateRecord(deps, context, request)),
      ),
    updateByCriteria: (context, request) =>
      noted(deps, { context, key: { type: request.type }, text: request.text }, () =>
        inTurn(criteriaKey(request), () => updateByCriteria(deps, context, request)),
      ),
    delete: (context, request) =>
      noted(deps, { context, key: request.key, text: '' }, () =>
        inTurn(toReference(request.key), () => deleteRecord(deps, context, request)),
      ),
    deleteByCriteria: (context, request) =>
      noted(deps, { context, key: { type: request.type }, text: '' }, () =>
        inTurn(criteriaKey(request), () => deleteByCriteria(deps, context, request)),
      ),
  };
  return {
    ...writes,
    read: (key) => readRecord(deps, key),
    vread: (key, versionId) => readVersion(deps, key, versionId),
    history: (scope, page) => readHistory(deps, scope, page),
    search: (context, query) => searchRecords(deps, context, query),
    bundle: (context, text) =>
      noted(deps, { context, key: { type: 'Bundle' }, text }, () =>
        runBundle(deps, context, { text, writes }),
      ),
  };
}

/** Can't be a resource's: no id begins so. */
const criteriaKey = ({ type, criteria }: { readonly type: string; readonly criteria: string }): string =>
  `${type}?${criteria}`;

async function runBundle(
  deps: RecordDeps,
  context: WriteContext,
  { text, writes }: { readonly text: string; readonly writes: RecordWrites },
): Promise<BundleAnswer> {
  const opened = await deps.ingest.openBundle(text);
  if (opened.outcome === 'invalid') throw new FhirError('malformed', opened.issues);
  try {
    if (opened.bundle.entries.length > mostEntries) {
      throw tooCostly(`A Bundle may have ${String(mostEntries)} entries: split it`);
    }
    return opened.bundle.type === 'batch'
      ? await runBatch(deps, context, { bundle: opened.bundle, writes })
      : await runTransaction(deps, context, opened);
  } finally {
    deps.ingest.dropBundle(opened.handle);
  }
}

interface NotedWrite {
  readonly context: WriteContext;
  readonly key: { readonly type: string; readonly id?: string };
  readonly text: string;
}

/** Runs a write; a refusal goes to the audit trail and the counters before it goes to the caller. */
async function noted<T>(
  deps: RecordDeps,
  { context, key, text }: NotedWrite,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof FhirError) {
      deps.audit.refused({
        error,
        principal: context.principal,
        requestId: context.requestId,
        target: key.id !== undefined && isValidId(key.id) ? toReference({ type: key.type, id: key.id }) : '',
        write: { type: key.type, bytes: Buffer.byteLength(text) },
      });
    }
    throw error;
  }
}
