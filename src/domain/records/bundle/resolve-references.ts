import { FhirError } from '../../../fhir/fhir-error.js';
import type { Issue } from '../../../fhir/issue.js';
import { toReference } from '../../../fhir/key.js';
import { directoryTypes } from '../../../fhir/lane.js';
import { parseCriteria } from '../../../fhir/search/parse-search.js';
import type { SearchExpression } from '../../../fhir/search/search-expression.js';
import { resourceTypes } from '../../../fhir/search/search-parameters.js';
import type { CallContext, RecordDeps } from '../record-deps.js';
import { mostConditionalReferences, requireShort, tooCostly } from './limits.js';
import { mapLimited } from './map-limited.js';
import type { WrittenIndex } from './written-index.js';

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

/** Resources that the transaction writes and a reference's criteria match now; more are refused. */
const mostHeld = 1_000;

/** `touched`: `Type/id` of all that the transaction writes or deletes. Throws `too-large` where it asks too much. */
export async function lookUpReferences(
  deps: RecordDeps,
  context: CallContext,
  wanted: { readonly references: readonly string[]; readonly touched: ReadonlySet<string> },
): Promise<readonly ReferenceLookup[]> {
  if (wanted.references.length > mostConditionalReferences) {
    throw tooCostly(
      `A transaction may have ${String(mostConditionalReferences)} different conditional references: split it`,
    );
  }
  return mapLimited(wanted.references, async (reference): Promise<ReferenceLookup> => {
    requireShort(reference);
    const mark = reference.indexOf('?');
    const type = reference.slice(0, mark);
    if (!resourceTypes.has(type)) throw unresolved(deps, [{ type: 'resource', count: 0 }]);
    deps.authorize(context.principal, type, 's');
    const where = parseCriteria(type, reference.slice(mark + 1), context.base);
    return { reference, type, where, held: await findHeld(deps, { type, where }, wanted.touched) };
  });
}

/** All that matches in the store, or as much of it as holds two that the transaction leaves as they are. */
async function findHeld(
  deps: RecordDeps,
  criteria: { readonly type: string; readonly where: SearchExpression },
  touched: ReadonlySet<string>,
): Promise<readonly string[]> {
  const held: string[] = [];
  let untouched = 0;
  let cursor: string | undefined;
  do {
    const page = await deps.store.search({
      ...criteria,
      sort: { by: 'first-arrival', descending: false },
      limit: held.length === 0 ? 2 : 100,
      total: 'none',
      ...(cursor === undefined ? {} : { cursor }),
    });
    held.push(...page.matches.map(({ key }) => toReference(key)));
    if (held.length > mostHeld)
      throw tooCostly('A conditional reference matches too much that is written here');
    untouched = held.filter((name) => !touched.has(name)).length;
    cursor = page.nextCursor;
  } while (untouched < 2 && cursor !== undefined);
  return held;
}

/**
 * The target of each reference on the state after the writes. Throws `business-rule` where one has no target or
 * several; `busy` where all that misses is awaited from the directory.
 */
export function settleReferences(
  deps: RecordDeps,
  lookups: readonly ReferenceLookup[],
  writes: { readonly touched: ReadonlySet<string>; readonly written: WrittenIndex },
): ReadonlyMap<string, string> {
  const settled = new Map<string, string>();
  const failed: { readonly type: string; readonly count: number }[] = [];
  for (const { reference, type, where, held } of lookups) {
    const targets = held.filter((target) => !writes.touched.has(target));
    targets.push(...writes.written.find({ type, where }).map(toReference));
    const [target] = targets;
    if (target !== undefined && targets.length === 1) settled.set(reference, target);
    else failed.push({ type, count: targets.length });
  }
  if (failed.length > 0) throw unresolved(deps, failed);
  return settled;
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
