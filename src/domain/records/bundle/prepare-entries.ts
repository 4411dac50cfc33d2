import { FhirError } from '../../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../../fhir/key.js';
import type { EntryDecision, OpenBundle, PreparedRecord } from '../../../ports/ingest.js';
import type { RecordDeps, WriteContext } from '../record-deps.js';
import type { EntryPlan } from './plan-entries.js';
import {
  lookUpReferences,
  settleReferences,
  type ReferenceLookup,
  type WrittenRecord,
} from './resolve-references.js';

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
  const known = settleReferences(deps, outer, { touched, records: [] });
  if (inner.length === 0) return prepare(deps, handle, { entries: decisions, references: known });
  const first = await prepare(deps, handle, {
    entries: decisions,
    references: withStandIns(deps, known, inner),
  });
  const records = first.records.map((record, index) => recordOf(record, plans[index]));
  const settled = settleReferences(deps, inner, {
    touched,
    records: records.filter((record) => record !== undefined),
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

/** An unchanged resource counts as what it is: its current version under the decided key. */
function recordOf(
  record: PreparedRecord | 'unchanged' | undefined,
  plan: EntryPlan | undefined,
): WrittenRecord | undefined {
  if (record !== 'unchanged') return record;
  if (!plan?.current) return undefined;
  const { key, versionId, lastUpdated, body } = plan.current;
  return { key, stamp: { id: key.id, versionId, lastUpdated }, body };
}
