import { FhirError } from '../../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../../fhir/key.js';
import type { EntryDecision, OpenBundle, PreparedRecord } from '../../../ports/ingest.js';
import type { RecordDeps, WriteContext } from '../record-deps.js';
import type { EntryPlan } from './plan-entries.js';
import { lookUpReferences, settleReferences, type ReferenceLookup } from './resolve-references.js';
import { indexWritten } from './written-index.js';

export interface PreparedEntries {
  readonly records: readonly (PreparedRecord | 'unchanged' | undefined)[];
  /** Targets outside the bundle that must be held. */
  readonly references: readonly ResourceKey[];
}

interface Bundle {
  readonly handle: number;
  readonly bundle: OpenBundle;
  readonly plans: readonly EntryPlan[];
}

/**
 * Rewrites references and prepares the resources. Where a conditional reference may mean a resource that the bundle
 * itself writes, the resources are prepared once with a stand-in to see which it is, and then again.
 */
export async function prepareEntries(
  deps: RecordDeps,
  context: WriteContext,
  { handle, bundle, plans }: Bundle,
): Promise<PreparedEntries> {
  const decisions = plans.map(({ decision }) => decision);
  const { touched, types } = touchedBy(plans);
  const lookups = await lookUpReferences(deps, context, {
    references: bundle.conditionalReferences,
    touched,
  });
  const inner = lookups.filter(({ type }) => types.has(type));
  const outer = lookups.filter(({ type }) => !types.has(type));
  const known = settleReferences(deps, outer, { touched, written: indexWritten([]) });
  if (inner.length === 0) return prepare(deps, handle, { entries: decisions, references: known });
  const first = await prepare(deps, handle, {
    entries: decisions,
    references: withStandIns(deps, known, inner),
  });
  const unchanged = unchangedBy(plans, first);
  const settled = settleReferences(deps, inner, {
    touched: new Set([...touched].filter((name) => !unchanged.has(name))),
    written: indexWritten(first.records.filter(isPrepared)),
  });
  return prepare(deps, handle, { entries: decisions, references: new Map([...known, ...settled]) });
}

async function prepare(
  deps: RecordDeps,
  handle: number,
  decisions: { readonly entries: readonly EntryDecision[]; readonly references: ReadonlyMap<string, string> },
): Promise<PreparedEntries> {
  const result = await deps.ingest.prepareBundle(handle, decisions);
  if (result.outcome === 'invalid') throw new FhirError(result.category, result.issues);
  return result;
}

function touchedBy(plans: readonly EntryPlan[]): { touched: Set<string>; types: Set<string> } {
  const touched = new Set<string>();
  const types = new Set<string>();
  for (const { decision, remove } of plans) {
    const key = decision.kind === 'write' ? decision.key : remove?.key;
    if (!key) continue;
    touched.add(toReference(key));
    types.add(key.type);
  }
  return { touched, types };
}

function withStandIns(
  deps: RecordDeps,
  known: ReadonlyMap<string, string>,
  inner: readonly ReferenceLookup[],
): ReadonlyMap<string, string> {
  const standIns = inner.map(({ reference, type }) => [reference, `${type}/${deps.ids.uuid()}`] as const);
  return new Map([...known, ...standIns]);
}

/** `Type/id` of what stays as it is, and as the store's search has found it. */
function unchangedBy(plans: readonly EntryPlan[], { records }: PreparedEntries): ReadonlySet<string> {
  const unchanged = new Set<string>();
  for (const [index, { decision }] of plans.entries()) {
    if (records[index] === 'unchanged' && decision.kind === 'write') unchanged.add(toReference(decision.key));
  }
  return unchanged;
}

export const isPrepared = (record: PreparedEntries['records'][number]): record is PreparedRecord =>
  record !== undefined && record !== 'unchanged';
