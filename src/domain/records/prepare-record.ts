import { FhirError } from '../../fhir/fhir-error.js';
import type { PreparedRecord, PrepareRequest } from '../../ports/ingest.js';
import type { StoredVersion } from '../../ports/store.js';
import type { RecordDeps, WriteContext } from './record-deps.js';
import { requireReferences } from './require-references.js';

/**
 * Validates, stamps and indexes one resource and lets the write rules and referential integrity have their say.
 * `unchanged` where it equals the current version. Throws FhirError where it must be refused.
 */
export async function prepareRecord(
  deps: RecordDeps,
  context: WriteContext,
  write: { readonly request: PrepareRequest; readonly current: StoredVersion | undefined },
): Promise<PreparedRecord | 'unchanged'> {
  const result = await deps.ingest.prepare(write.request);
  if (result.outcome === 'invalid') throw new FhirError(result.category, result.issues);
  if (result.outcome === 'unchanged') return 'unchanged';
  const { record } = result;
  applyWriteRules(deps, context, { key: record.key, current: write.current, next: record.body });
  await requireReferences(deps, record.references, () => [{ body: record.body, at: record.key.type }]);
  return record;
}

/** Throws the first refusal. */
export function applyWriteRules(
  deps: RecordDeps,
  context: WriteContext,
  write: Omit<Parameters<RecordDeps['writeRules'][number]>[0], 'principal'>,
): void {
  for (const rule of deps.writeRules) {
    const refusal = rule({ ...write, principal: context.principal });
    if (refusal) throw refusal;
  }
}
