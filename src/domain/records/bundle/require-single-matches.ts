import { fhirError } from '../../../fhir/fhir-error.js';
import type { EntryPlan } from './plan-entries.js';
import { isPrepared, type PreparedEntries } from './prepare-entries.js';
import { indexWritten } from './written-index.js';

/**
 * The criteria of a conditional create or update were looked up in the store; what the same transaction writes besides
 * must not satisfy them, or its commit would hold twice what was to be held once. Throws `multiple-matches` with the
 * entry's place.
 */
export function requireSingleMatches(plans: readonly EntryPlan[], records: PreparedEntries['records']): void {
  if (!plans.some(({ criteria }) => criteria)) return;
  const written = indexWritten(records.filter(isPrepared));
  for (const [index, { criteria, decision }] of plans.entries()) {
    if (!criteria || decision.kind === 'none') continue;
    const { key } = decision;
    if (written.find({ type: key.type, where: criteria, except: key }).length === 0) continue;
    throw fhirError('multiple-matches', 'multiple-matches', {
      diagnostics: `Another entry writes a ${key.type} that satisfies the criteria of this one`,
      expression: `Bundle.entry[${String(index)}]`,
    });
  }
}
