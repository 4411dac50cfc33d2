/**
 * Member names that the scan notes for each resource, as a set of bits: who reads on need not search a text for what it
 * does not hold.
 */
export const Noted = {
  /** `resourceType`, `id`, `meta` of the resource itself. */
  ownType: 1,
  ownId: 2,
  ownMeta: 4,
  /** `resourceType` of a resource within it. */
  innerType: 8,
  /** Anywhere in it. */
  reference: 16,
  div: 32,
  valueExpression: 64,
} as const;

/** What counts for members of the resource itself, and for those further within. */
export const ownNames = ~Noted.innerType;
export const innerNames = ~(Noted.ownType | Noted.ownId | Noted.ownMeta);

const nameBytes = (name: string): Uint8Array => Uint8Array.from(name, (c) => c.charCodeAt(0));
const ID = nameBytes('id');
const DIV = nameBytes('div');
const META = nameBytes('meta');
const REFERENCE = nameBytes('reference');
const RESOURCE_TYPE = nameBytes('resourceType');
const VALUE_EXPRESSION = nameBytes('valueExpression');

/** The bits of the name whose plain bytes are [start, end), 0 for any other. Of ownType and innerType both are given. */
export function notedBits(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case ID.length:
      return standsAt(bytes, start, ID) ? Noted.ownId : 0;
    case DIV.length:
      return standsAt(bytes, start, DIV) ? Noted.div : 0;
    case META.length:
      return standsAt(bytes, start, META) ? Noted.ownMeta : 0;
    case REFERENCE.length:
      return standsAt(bytes, start, REFERENCE) ? Noted.reference : 0;
    case RESOURCE_TYPE.length:
      return standsAt(bytes, start, RESOURCE_TYPE) ? Noted.ownType | Noted.innerType : 0;
    case VALUE_EXPRESSION.length:
      return standsAt(bytes, start, VALUE_EXPRESSION) ? Noted.valueExpression : 0;
    default:
      return 0;
  }
}

/** Whether `wanted` stands in `bytes` from `start` on. */
export function standsAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let k = 0; k < wanted.length; k++) if (bytes[start + k] !== wanted[k]) return false;
  return true;
}
