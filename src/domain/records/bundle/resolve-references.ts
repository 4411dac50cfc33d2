import { FhirError } from '../../../fhir/fhir-error.js';
import type { Issue } from '../../../fhir/issue.js';
import { toReference } from '../../../fhir/key.js';
import { directoryTypes } from '../../../fhir/lane.js';
import { indexResource } from '../../../fhir/search/index-resource.js';
import { matches } from '../../../fhir/search/match-index.js';
import { parseCriteria } from '../../../fhir/search/parse-search.js';
import type { SearchExpression } from '../../../fhir/search/search-expression.js';
import { resourceTypes } from '../../../fhir/search/search-parameters.js';
import type { PreparedRecord } from '../../../ports/ingest.js';
import type { CallContext, RecordDeps } from '../record-deps.js';

/**
 * Conditional references of a transaction (http://hl7.org/fhir/R4/http.html#trules): they are resolved after its
 * writes, so that a resource which the same transaction makes, changes or deletes counts as it will then be.
 */
export interface ReferenceLookup {
  readonly reference: string;
  readonly type: string;
  readonly where: SearchExpression;
  /** `Type/id` of what matches in the store now. */
  readonly held: readonly string[];
}

/** A resource as the transaction leaves it. */
export type WrittenRecord = Pick<PreparedRecord, 'key' | 'stamp' | 'body'>;

/** `touched`: `Type/id` of all that the transaction writes or deletes. */
export function lookUpReferences(
  deps: RecordDeps,
  context: CallContext,
  wanted: { readonly references: readonly string[]; readonly touched: ReadonlySet<string> },
): Promise<readonly ReferenceLookup[]> {
  return Promise.all(
    wanted.references.map(async (reference): Promise<ReferenceLookup> => {
      const mark = reference.indexOf('?');
      const type = reference.slice(0, mark);
      if (!resourceTypes.has(type)) throw unresolved(deps, [{ type: 'resource', count: 0 }]);
      deps.authorize(context.principal, type, 's');
      const where = parseCriteria(type, reference.slice(mark + 1), context.base);
      const { matches: found } = await deps.store.search({
        type,
        where,
        sort: { by: 'first-arrival', descending: false },
        limit: 2 + wanted.touched.size,
        total: 'none',
      });
      return { reference, type, where, held: found.map(({ key }) => toReference(key)) };
    }),
  );
}

/**
 * The target of each reference on the state after the writes. Throws `business-rule` where one has no target or
 * several; `busy` where all that misses is awaited from the directory.
 */
export function settleReferences(
  deps: RecordDeps,
  lookups: readonly ReferenceLookup[],
  writes: { readonly touched: ReadonlySet<string>; readonly records: readonly WrittenRecord[] },
): ReadonlyMap<string, string> {
  const settled = new Map<string, string>();
  const failed: { readonly type: string; readonly count: number }[] = [];
  for (const { reference, type, where, held } of lookups) {
    const targets = held.filter((target) => !writes.touched.has(target));
    for (const record of writes.records) {
      if (record.key.type === type && matchesRecord(record, where)) targets.push(toReference(record.key));
    }
    const [target] = targets;
    if (target !== undefined && targets.length === 1) settled.set(reference, target);
    else failed.push({ type, count: targets.length });
  }
  if (failed.length > 0) throw unresolved(deps, failed);
  return settled;
}

function matchesRecord(record: WrittenRecord, where: SearchExpression): boolean {
  const value = JSON.parse(record.body) as Record<string, unknown>;
  const { id, lastUpdated } = record.stamp;
  return matches(where, indexResource(record.key.type, value), { id, lastUpdated });
}

function unresolved(
  deps: RecordDeps,
  failed: readonly { readonly type: string; readonly count: number }[],
): FhirError {
  const awaited =
    deps.directory.owner === 'parent' &&
    !deps.directory.ready() &&
    failed.every(({ type, count }) => count === 0 && directoryTypes.has(type));
  const issues = failed.map(({ type, count }): Issue => ({
    severity: 'error',
    code: awaited ? 'transient' : count === 0 ? 'not-found' : 'multiple-matches',
    diagnostics: awaited
      ? `The directory has not come down to this node yet: a conditional reference finds no ${type} so far`
      : `A conditional reference matches ${count === 0 ? 'no' : 'more than one'} ${type}`,
  }));
  return awaited
    ? new FhirError('busy', issues, { retryAfterSeconds: 5 })
    : new FhirError('business-rule', issues);
}
