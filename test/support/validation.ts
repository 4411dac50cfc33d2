import { validateResource } from '../../src/validation/validate-resource.js';

export type Json = Readonly<Record<string, unknown>>;

/** Validates a resource as its own type. */
export function validate(resource: Json): ReturnType<typeof validateResource> {
  return validateResource(String(resource['resourceType']), resource, JSON.stringify(resource));
}

/** The faults of a resource, each as `code expression`; empty when it is valid. */
export function faultsOf(resource: Json): string[] {
  const result = validate(resource);
  return result.ok ? [] : result.issues.map((issue) => `${issue.code} ${issue.expression ?? ''}`);
}

export function patient(parts: Json): Json {
  return { resourceType: 'Patient', ...parts };
}

export function observation(parts: Json): Json {
  return { resourceType: 'Observation', status: 'final', code: { text: 'pulse' }, ...parts };
}

/** A Patient whose one extension has the given value, such as `{ valueTime: '08:00:00' }`. */
export function extended(value: Json): Json {
  return patient({ extension: [{ url: 'https://example.org/value', ...value }] });
}

export const anExtension = { extension: [{ url: 'https://example.org/reason', valueCode: 'unknown' }] };
