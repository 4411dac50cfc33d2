import { FhirError, fhirError } from '../fhir/fhir-error.js';
import { scanJson } from '../fhir/json/scan-json.js';
import type { JsonObject } from '../fhir/search/accessor.js';
import { validateResource } from '../validation/validate-resource.js';

/**
 * A resource that is asked with and not stored, of one of the types, valid as if it were to be. Throws `malformed` or
 * `business-rule` with all faults and their places. It is read on this thread: the route must take small bodies only.
 */
export function readResource(text: string, types: readonly string[]): JsonObject {
  const scanned = scanJson(text);
  if (!scanned.ok) throw new FhirError('malformed', scanned.issues);
  const value = JSON.parse(scanned.text) as JsonObject;
  const type = types.find((name) => name === value['resourceType']);
  if (type === undefined) {
    const [first = ''] = types;
    throw fhirError('malformed', 'invalid', {
      diagnostics: `The body must be a resource of type ${types.join(' or ')}`,
      expression: `${first}.resourceType`,
    });
  }
  const result = validateResource(type, value, scanned.text);
  if (result.ok) return value;
  throw new FhirError(result.category, result.issues);
}
