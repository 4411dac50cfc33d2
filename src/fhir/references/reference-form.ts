import type { ResourceKey } from '../key.js';
import { resourceTypes } from '../search/search-parameters.js';

/** What a Reference.reference says (http://hl7.org/fhir/R4/references.html#literal). */
export type ReferenceForm =
  /** `Type/id`, `Type/id/_history/3`, or the same behind this server's base. */
  | { readonly kind: 'literal'; readonly key: ResourceKey }
  /** `Type?criteria`, which only a transaction can resolve. */
  | { readonly kind: 'conditional'; readonly type: string }
  /** `urn:uuid:…`, which only a transaction can resolve. */
  | { readonly kind: 'uuid' }
  /** Contained (`#x`), absolute elsewhere, another URN, or nothing that can be looked up here. */
  | { readonly kind: 'other' };

const literal =
  /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?(?:#.*)?$/s;
const conditional = /^([A-Z][A-Za-z]{1,63})\?./;

const other: ReferenceForm = { kind: 'other' };
const uuid: ReferenceForm = { kind: 'uuid' };

/** `base`: this server's FHIR base without a slash at its end. */
export function readReferenceForm(value: string, base: string): ReferenceForm {
  if (value.startsWith('urn:uuid:')) return uuid;
  const relative =
    value.startsWith(base) && value[base.length] === '/' ? value.slice(base.length + 1) : value;
  const match = literal.exec(relative);
  if (match !== null) {
    const [, type = '', id = ''] = match;
    return resourceTypes.has(type) ? { kind: 'literal', key: { type, id } } : other;
  }
  const [, type] = conditional.exec(value) ?? [];
  return type !== undefined && resourceTypes.has(type) ? { kind: 'conditional', type } : other;
}

/** `http://base` of an entry's fullUrl `http://base/Type/id`; undefined of any other. */
export function baseOfFullUrl(fullUrl: string | undefined): string | undefined {
  if (fullUrl === undefined) return undefined;
  const [, base, type] = /^(https?:\/\/.+)\/([A-Z][A-Za-z]{1,63})\/[A-Za-z0-9\-.]{1,64}$/.exec(fullUrl) ?? [];
  return type !== undefined && resourceTypes.has(type) ? base : undefined;
}
