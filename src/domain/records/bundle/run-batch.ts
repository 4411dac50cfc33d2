import { FhirError } from '../../../fhir/fhir-error.js';
import { toReference } from '../../../fhir/key.js';
import type { BundleEntry, OpenBundle } from '../../../ports/ingest.js';
import type { Preconditions, RecordDeps, WriteAnswer, WriteContext } from '../record-deps.js';
import type { BundleAnswer, EntryAnswer } from './bundle-answer.js';
import { neededScope, readEntryRequest, type EntryRequest } from './entry-request.js';
import { mostIssues } from './limits.js';
import { createReadInTurn } from './read-in-turn.js';
import { isGet, type GetRequest } from './run-get.js';
import type { RecordWrites } from './record-writes.js';

/** Entries under way at a time: enough for the store to commit many writes in one go. */
const inFlight = 64;

/** http://hl7.org/fhir/R4/http.html#brules: each entry succeeds or fails alone. */
export async function runBatch(
  deps: RecordDeps,
  context: WriteContext,
  batch: { readonly bundle: OpenBundle; readonly writes: RecordWrites },
): Promise<BundleAnswer> {
  const { bundle, writes } = batch;
  const answers: EntryAnswer[] = [];
  const read = createReadInTurn(deps);
  let issues = 0;
  const rest = bundle.entries.entries();
  async function work(): Promise<void> {
    for (const [index, entry] of rest) answers[index] = await settleEntry(index, entry);
  }
  async function settleEntry(index: number, entry: BundleEntry): Promise<EntryAnswer> {
    const entryContext = contextOf(context, index);
    let request: EntryRequest | undefined;
    try {
      request = readEntryRequest(entry, context.base);
      const { type, permission } = neededScope(request);
      deps.authorize(context.principal, type, permission);
      if (isGet(request)) return await read(entryContext, { request, entry });
      return { kind: 'write', answer: await runWrite(writes, entryContext, { request, entry }) };
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      noteRefusal(deps, entryContext, { error, entry, request });
      issues += error.issues.length;
      return { kind: 'refused', error: issues > mostIssues ? shortened(error) : error };
    }
  }
  await Promise.all(Array.from({ length: inFlight }, work));
  return { type: 'batch', entries: answers };
}

/** Its first issue: faults of every entry, told in full, could be many times as long as the batch. */
const shortened = ({ category, issues }: FhirError): FhirError => new FhirError(category, issues.slice(0, 1));

/** A batch entry's request id is the batch's with its index. */
function contextOf(context: WriteContext, index: number): WriteContext {
  if (!context.once) return context;
  const requestId = `${context.once.requestId}#${String(index)}`;
  return { ...context, once: { requestId, digest: context.once.digest } };
}

function runWrite(
  writes: RecordWrites,
  context: WriteContext,
  {
    request,
    entry,
  }: {
    readonly request: Exclude<EntryRequest, GetRequest>;
    readonly entry: BundleEntry;
  },
): Promise<WriteAnswer> {
  const text = entry.resource ?? '';
  const conditions = preconditionsOf(entry);
  switch (request.interaction) {
    case 'create':
      return writes.create(context, { ...request, text });
    case 'update':
      return writes.update(context, { ...request, ...conditions, text });
    case 'conditional-update':
      return writes.updateByCriteria(context, { ...request, ...conditions, text });
    case 'delete':
      return writes.delete(context, { ...request, ...conditions });
    case 'conditional-delete':
      return writes.deleteByCriteria(context, { ...request, ...conditions });
  }
}

function preconditionsOf({ ifMatch, ifNoneMatch }: BundleEntry): Preconditions {
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}

/** Notes a refusal that did not come from the write itself, which notes its own. */
function noteRefusal(
  deps: RecordDeps,
  { principal, requestId }: WriteContext,
  refused: {
    readonly error: FhirError;
    readonly entry: BundleEntry;
    readonly request: EntryRequest | undefined;
  },
): void {
  const { error, entry, request } = refused;
  if (request && isGet(request) && error.category !== 'forbidden') return;
  deps.audit.refused({
    error,
    principal,
    requestId,
    target: request && 'key' in request ? toReference(request.key) : '',
    ...(entry.resourceType === undefined
      ? {}
      : { write: { type: entry.resourceType, bytes: Buffer.byteLength(entry.resource ?? '') } }),
  });
}
