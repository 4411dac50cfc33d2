import type { JsonObject } from './accessor.js';
import { resourceTypes } from './search-parameters.js';

export interface ReferenceTarget {
  /** `Type/id`, an absolute URL without version, or ''. */
  readonly target: string;
  /** Resource type, '' when the text doesn't tell. */
  readonly targetType: string;
}

const unknown: ReferenceTarget = { target: '', targetType: '' };

/**
 * What a literal reference points to (http://hl7.org/fhir/R4/references.html#literal): `Type/id` and
 * `Type/id/_history/n` give `Type/id`; an absolute URL or URN stays, its version cut off. A fragment, a conditional
 * reference and anything else give ''.
 */
export function referenceTarget(text: string): ReferenceTarget {
  const first = text.charCodeAt(0);
  if (first >= 0x41 && first <= 0x5a) return relativeTarget(text);
  if (!isAbsolute(text)) return unknown;
  const target = withoutHistory(text);
  return { target, targetType: text.startsWith('urn:') ? '' : typeOfUrl(target) };
}

/** Whether the reference resolves to a resource of the type: told by its literal, a contained resource or its `type`. */
export function refersToType(resource: JsonObject, reference: unknown, type: string): boolean {
  if (typeof reference !== 'object' || reference === null) return false;
  const { reference: literal, type: stated } = reference as JsonObject;
  if (typeof literal === 'string') {
    if (literal.startsWith('#')) return containedType(resource, literal.slice(1)) === type;
    const { targetType } = referenceTarget(literal);
    if (targetType !== '') return targetType === type;
  }
  return stated === type;
}

function containedType(resource: JsonObject, id: string): unknown {
  const { contained } = resource;
  if (!Array.isArray(contained)) return undefined;
  const found = (contained as readonly (JsonObject | null)[]).find((candidate) => candidate?.['id'] === id);
  return found?.['resourceType'];
}

function relativeTarget(text: string): ReferenceTarget {
  const slash = text.indexOf('/');
  const targetType = text.slice(0, Math.max(slash, 0));
  if (!resourceTypes.has(targetType)) return unknown;
  const end = endOfId(text, slash + 1);
  if (end === slash + 1 || end > slash + 65) return unknown;
  if (end === text.length) return { target: text, targetType };
  return text.startsWith('/_history/', end) ? { target: text.slice(0, end), targetType } : unknown;
}

/** Where the run of id characters ends (http://hl7.org/fhir/R4/datatypes.html#id). */
function endOfId(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const letter = (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
    const digit = unit >= 0x30 && unit <= 0x39;
    if (!letter && !digit && unit !== 0x2d && unit !== 0x2e) return at;
  }
  return text.length;
}

function isAbsolute(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:/.test(text);
}

function withoutHistory(url: string): string {
  const history = url.lastIndexOf('/_history/');
  return history === -1 ? url : url.slice(0, history);
}

function typeOfUrl(url: string): string {
  const idSlash = url.lastIndexOf('/');
  const typeSlash = url.lastIndexOf('/', idSlash - 1);
  const type = idSlash > 0 ? url.slice(typeSlash + 1, idSlash) : '';
  return resourceTypes.has(type) ? type : '';
}
