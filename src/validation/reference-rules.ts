import { isValidId } from '../fhir/id-rules.js';
import { isResourceType, type ElementRule } from './element-rules.js';
import { isObject, type JsonObject, type Walk } from './walk.js';

const restUrl =
  /^https?:\/\/.+\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

const white = /\s/;
const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/;
/** What a browser would run or show where somebody follows the reference. */
const activeSchemes: ReadonlySet<string> = new Set(['javascript', 'vbscript', 'data']);
const relative =
  /^([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$|\?.)/;
const resourceTypesUrl = 'http://hl7.org/fhir/ValueSet/resource-types';

/** The type of `Type/id`, the form that most literals have; undefined of any other. */
function plainType(reference: string): string | undefined {
  const slash = reference.indexOf('/');
  if (slash < 0 || !isValidId(reference.slice(slash + 1))) return undefined;
  const type = reference.slice(0, slash);
  return isResourceType(type) ? type : undefined;
}

/** Whether a literal is internal (`#id`), relative to a FHIR base (`Type/id`, `Type?criteria`) or absolute, and no script. */
function isLiteral(reference: string): boolean {
  if (white.test(reference)) return false;
  if (reference === '' || reference.startsWith('#')) return true;
  const named = scheme.exec(reference)?.[1];
  if (named !== undefined) return !activeSchemes.has(named.toLowerCase());
  const type = relative.exec(reference)?.[1];
  return type !== undefined && isResourceType(type);
}

/** Type that a literal reference names: `Type/id`, `Type?criteria` or an absolute RESTful URL; undefined where it names none. */
function namedType(reference: string): string | undefined {
  const end = reference.search(/[/?]/);
  const first = end < 0 ? '' : reference.slice(0, end);
  const type = first.endsWith(':') ? restUrl.exec(reference)?.[1] : first;
  return type !== undefined && isResourceType(type) ? type : undefined;
}

/** The contained resource that `#id` points to; `#` alone is the container itself. */
function containedTarget(reference: string, container: JsonObject): JsonObject | undefined {
  if (reference === '#') return container;
  const contained = container['contained'];
  if (!Array.isArray(contained)) return undefined;
  const id = reference.slice(1);
  return (contained as unknown[]).filter(isObject).find((resource) => resource['id'] === id);
}

function literalType(reference: string, walk: Walk): string | undefined {
  const plain = plainType(reference);
  if (plain !== undefined) return plain;
  if (!isLiteral(reference)) walk.faults.add('malformedValue', [...walk.path, 'reference'], 'reference');
  if (!reference.startsWith('#')) return namedType(reference);
  const target = containedTarget(reference, walk.container);
  if (target === undefined) {
    walk.faults.add('unresolvedFragment', [...walk.path, 'reference']);
    return undefined;
  }
  const type = target['resourceType'];
  return typeof type === 'string' && isResourceType(type) ? type : undefined;
}

/**
 * Target types of a Reference (http://hl7.org/fhir/R4/references.html): what its `reference` or `type` names must be
 * among those of the element. `urn:uuid:` and unknown absolute URLs pass.
 */
export function checkReference(walk: Walk, value: JsonObject, element: ElementRule): void {
  const { reference, type } = value;
  const literal = typeof reference === 'string' ? literalType(reference, walk) : undefined;
  const targets = element.targets;
  if (targets !== undefined && literal !== undefined && !targets.has(literal)) {
    walk.faults.add('referenceType', [...walk.path, 'reference'], [...targets].join(', '));
  }
  if (typeof type !== 'string') return;
  if (!isResourceType(type)) {
    // The URL of a logical model is a type too.
    if (!type.includes(':')) walk.faults.add('codeNotInSet', [...walk.path, 'type'], resourceTypesUrl);
    return;
  }
  if (literal !== undefined && literal !== type)
    walk.faults.add('referenceTypeDiffers', [...walk.path, 'type']);
  else if (targets !== undefined && !targets.has(type)) {
    walk.faults.add('referenceType', [...walk.path, 'type'], [...targets].join(', '));
  }
}
