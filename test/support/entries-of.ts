import { indexResource } from '../../src/fhir/search/index-resource.js';

export type Json = Record<string, unknown>;
type Resource = Json & { resourceType: string };

/** The entries of one code, without it and without an ordinal of 0. */
export function entriesOf(resource: Resource, code: string): unknown[] {
  return indexResource(resource.resourceType, resource)
    .filter((entry) => entry.code === code)
    .map((entry) => {
      const fields = Object.entries(entry).filter(
        ([name, value]) => name !== 'code' && (name !== 'ordinal' || value !== 0),
      );
      return Object.fromEntries(fields);
    });
}

export const patient = (more: Json): Resource => ({ resourceType: 'Patient', ...more });
export const observation = (more: Json): Resource => ({ resourceType: 'Observation', ...more });

export const token = (system: string, value: string): unknown => ({ kind: 'token', system, value });
export const text = (exact: string, folded = exact.toLowerCase()): unknown => ({
  kind: 'string',
  folded,
  exact,
});
