import { FhirError } from '../../fhir/fhir-error.js';
import type { Issue } from '../../fhir/issue.js';
import { toReference, type ResourceKey } from '../../fhir/key.js';
import { directoryTypes } from '../../fhir/lane.js';
import type { RecordDeps } from './record-deps.js';

/** The resources in which the references stand, to name the places of missing targets. */
export interface ReferencingResource {
  readonly body: string;
  /** Place of the resource, e.g. `Patient` or `Bundle.entry[3].resource`. */
  readonly at: string;
}

const retryAfterSeconds = 5;

/**
 * Referential integrity of own writes: every target must be held here and not be deleted. Throws `business-rule` that
 * lists the places; `busy` where all that misses belongs to the directory, which has not come down yet.
 */
export async function requireReferences(
  deps: RecordDeps,
  targets: readonly ResourceKey[],
  resources: () => readonly ReferencingResource[],
): Promise<void> {
  if (targets.length === 0) return;
  const held = await deps.store.read(targets);
  const missing = targets.filter((_, index) => held[index]?.deleted ?? true);
  if (missing.length > 0) throw missingTargets(deps, missing, resources());
}

/** The refusal for targets that are known to be missing. */
export function missingTargets(
  deps: RecordDeps,
  missing: readonly ResourceKey[],
  resources: readonly ReferencingResource[],
): FhirError {
  const awaited =
    deps.directory.owner === 'parent' &&
    !deps.directory.ready() &&
    missing.every((key) => directoryTypes.has(key.type));
  const wanted = new Map(missing.map((key) => [toReference(key), key.type]));
  const places = resources.flatMap(({ body, at }) => findPlaces(JSON.parse(body), at, wanted));
  const found = places.length > 0 ? places : missing.map(({ type }) => ({ type, place: undefined }));
  const described = found.map(({ type, place }): Issue => ({
    severity: 'error',
    code: awaited ? 'transient' : 'business-rule',
    diagnostics: awaited
      ? `The directory has not come down to this node yet: no such ${type} so far`
      : `No such ${type} at this node`,
    ...(place === undefined ? {} : { expression: place }),
  }));
  return awaited
    ? new FhirError('busy', described, { retryAfterSeconds })
    : new FhirError('business-rule', described);
}

interface Place {
  readonly type: string;
  readonly place: string;
}

function findPlaces(value: unknown, at: string, wanted: ReadonlyMap<string, string>): Place[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => findPlaces(item, `${at}[${String(index)}]`, wanted));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, child]): Place[] => {
    const place = `${at}.${name}`;
    if (typeof child !== 'string') return findPlaces(child, place, wanted);
    const type = name === 'reference' ? wanted.get(targetOf(child)) : undefined;
    return type === undefined ? [] : [{ type, place }];
  });
}

/** `Type/id` of a literal reference: base and version cut off. */
function targetOf(reference: string): string {
  const parts = (reference.split('#')[0] ?? '').split('/_history/')[0]?.split('/') ?? [];
  return parts.slice(-2).join('/');
}
