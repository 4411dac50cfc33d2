import type { Issue } from '../fhir/issue.js';

/** JSON text of an OperationOutcome (http://hl7.org/fhir/R4/operationoutcome.html). */
export function operationOutcome(issues: readonly Issue[]): string {
  return JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, diagnostics, expression }) => ({
      severity,
      code,
      diagnostics,
      ...(expression === undefined ? {} : { expression: [expression] }),
    })),
  });
}

/** For `Prefer: return=OperationOutcome` after a success. */
export const successOutcome = (diagnostics: string): string =>
  operationOutcome([{ severity: 'information', code: 'informational', diagnostics }]);
