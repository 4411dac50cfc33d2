import { FhirError } from '../fhir/fhir-error.js';
import type { Issue } from '../fhir/issue.js';
import type { JsonObject } from '../fhir/search/accessor.js';

/** One parameter of an operation's input with its place, `Parameters.parameter[2]`. */
export interface InputParameter {
  readonly value: JsonObject;
  readonly place: string;
}

/**
 * The parameters of a valid Parameters resource by name. Throws `malformed` with all that the operation doesn't know or
 * takes once only (http://hl7.org/fhir/R4/operations.html#request).
 */
export function operationParameters(
  resource: JsonObject,
  known: { readonly once: readonly string[] },
): ReadonlyMap<string, InputParameter> {
  const found = new Map<string, InputParameter>();
  const issues: Issue[] = [];
  const list = (resource['parameter'] ?? []) as readonly JsonObject[];
  for (const [number, value] of list.entries()) {
    const name = String(value['name']);
    const place = `Parameters.parameter[${String(number)}]`;
    if (!known.once.includes(name)) {
      issues.push(faultAt(`${place}.name`, `The operation takes ${known.once.join(', ')}`));
    } else if (found.has(name)) {
      issues.push(faultAt(place, `${name} may be given once`));
    } else found.set(name, { value, place });
  }
  if (issues.length > 0) throw new FhirError('malformed', issues);
  return found;
}

const faultAt = (expression: string, diagnostics: string): Issue => ({
  severity: 'error',
  code: 'value',
  diagnostics,
  expression,
});
