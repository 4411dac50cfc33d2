import { capIssues, mostIssues } from '../../fhir/cap-issues.js';
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
  const search: PlaceSearch = {
    wanted: new Map(missing.map((key) => [toReference(key), key.type])),
    found: [],
  };
  for (const { body, at } of resources) {
    if (isFull(search)) break;
    findPlaces(search, JSON.parse(body), at);
  }
  const found = search.found.length > 0 ? search.found : missing.slice(0, mostIssues + 1).map(withoutPlace);
  const described = capIssues(
    found.map(({ type, place }): Issue => ({
      severity: 'error',
      code: awaited ? 'transient' : 'business-rule',
      diagnostics: awaited
        ? `The directory has not come down to this node yet: no such ${type} so far`
        : `No such ${type} at this node`,
      ...(place === undefined ? {} : { expression: place }),
    })),
  );
  return awaited
    ? new FhirError('busy', described, { retryAfterSeconds })
    : new FhirError('business-rule', described);
}

interface Place {
  readonly type: string;
  readonly place: string | undefined;
}

interface PlaceSearch {
  /** `Type/id` of what is missing → its type. */
  readonly wanted: ReadonlyMap<string, string>;
  readonly found: Place[];
}

const withoutPlace = ({ type }: ResourceKey): Place => ({ type, place: undefined });

/** One more than are told, so that it shows that there are more. */
const isFull = ({ found }: PlaceSearch): boolean => found.length > mostIssues;

function findPlaces(search: PlaceSearch, value: unknown, at: string): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      if (isFull(search)) return;
      findPlaces(search, item, `${at}[${String(index)}]`);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, child] of Object.entries(value)) {
      if (isFull(search)) return;
      const place = `${at}.${name}`;
      if (typeof child !== 'string') findPlaces(search, child, place);
      else if (name === 'reference') {
        const type = search.wanted.get(targetOf(child));
        if (type !== undefined) search.found.push({ type, place });
      }
    }
  }
}

/** `Type/id` of a literal reference: base and version cut off. */
function targetOf(reference: string): string {
  const parts = (reference.split('#')[0] ?? '').split('/_history/')[0]?.split('/') ?? [];
  return parts.slice(-2).join('/');
}
