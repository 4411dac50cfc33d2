import { isValidId } from '../fhir/id-rules.js';
import { dateFault, dateTimeFault, instantFault, timeFault } from './calendar-rules.js';
import type { FaultName } from './fault-kinds.js';
import { xhtmlFault } from './xhtml-rules.js';

/**
 * Checks one primitive value of the right JSON type (http://hl7.org/fhir/R4/datatypes.html#primitive). `mayHoldControls`
 * is false where the body's text has no escapes, so that no string can hold a control character.
 */
export type PrimitiveCheck = (value: string, mayHoldControls: boolean) => FaultName | undefined;

export interface PrimitiveRule {
  readonly jsonType: 'string' | 'number' | 'boolean';
  readonly check?: PrimitiveCheck;
  readonly checkNumber?: (value: number) => FaultName | undefined;
}

const maxStringLength = 1_048_576;
const controls = new RegExp(String.raw`[\u0000-\u0008\u000b\u000c\u000e-\u001f]`);
const code = /^\S+(?: \S+)*$/;
const oid = /^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$/;
const notBase64 = /[^0-9A-Za-z+/=\s]/;
// Lower case only, as the specification has it; in a uri a fragment may follow.
const uuidUri = /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:#.*)?$/;
const absolute = /^(?:#|[A-Za-z][A-Za-z0-9+.-]*:)/;
const white = /\s/;
const maxInteger = 2_147_483_647;

function stringFault(value: string, mayHoldControls: boolean): FaultName | undefined {
  if (value.length === 0) return 'emptyString';
  if (value.length > maxStringLength) return 'tooLong';
  return mayHoldControls && controls.test(value) ? 'controlCharacter' : undefined;
}

function codeFault(value: string, mayHoldControls: boolean): FaultName | undefined {
  if (value.length === 0) return 'emptyString';
  return code.test(value) && !(mayHoldControls && controls.test(value)) ? undefined : 'malformedValue';
}

function uriFault(value: string, mayHoldControls: boolean): FaultName | undefined {
  if (value.length === 0) return 'emptyString';
  if (white.test(value) || (mayHoldControls && controls.test(value))) return 'malformedValue';
  if (!value.startsWith('urn:')) return undefined;
  if (value.startsWith('urn:oid:')) return oid.test(value) ? undefined : 'malformedValue';
  if (value.startsWith('urn:uuid:')) return uuidUri.test(value) ? undefined : 'malformedValue';
  return undefined;
}

/** A canonical URL is absolute or a fragment (http://hl7.org/fhir/R4/datatypes.html#canonical). */
function canonicalFault(value: string, mayHoldControls: boolean): FaultName | undefined {
  return uriFault(value, mayHoldControls) ?? (absolute.test(value) ? undefined : 'relativeUri');
}

function base64Fault(value: string): FaultName | undefined {
  if (value.length === 0) return 'emptyString';
  if (notBase64.test(value)) return 'malformedValue';
  const dense = white.test(value) ? value.replaceAll(/\s/g, '') : value;
  if (dense.length === 0 || dense.length % 4 !== 0) return 'malformedValue';
  const padding = dense.indexOf('=');
  return padding < 0 || (padding >= dense.length - 2 && dense.endsWith('=')) ? undefined : 'malformedValue';
}

const text = (check: PrimitiveCheck): PrimitiveRule => ({ jsonType: 'string', check });
const form = (isValid: (value: string) => boolean): PrimitiveRule =>
  text((value) => (isValid(value) ? undefined : value.length === 0 ? 'emptyString' : 'malformedValue'));
const integer = (low: number): PrimitiveRule => ({
  jsonType: 'number',
  checkNumber: (value) =>
    Number.isInteger(value) && value >= low && value <= maxInteger ? undefined : 'malformedValue',
});
const dated = (check: PrimitiveCheck): PrimitiveRule =>
  text((value) => (value.length === 0 ? 'emptyString' : check(value, false)));

/** By type name. */
export const primitiveRules: ReadonlyMap<string, PrimitiveRule> = new Map<string, PrimitiveRule>([
  ['base64Binary', text(base64Fault)],
  ['boolean', { jsonType: 'boolean' }],
  ['canonical', text(canonicalFault)],
  ['code', text(codeFault)],
  ['date', dated(dateFault)],
  ['dateTime', dated(dateTimeFault)],
  ['decimal', { jsonType: 'number' }],
  ['id', form(isValidId)],
  ['instant', dated(instantFault)],
  ['integer', integer(-maxInteger - 1)],
  ['markdown', text(stringFault)],
  ['oid', form((value) => oid.test(value))],
  ['positiveInt', integer(1)],
  ['string', text(stringFault)],
  ['time', dated(timeFault)],
  ['unsignedInt', integer(0)],
  ['uri', text(uriFault)],
  ['url', text(uriFault)],
  ['uuid', form((value) => uuidUri.test(value) && !value.includes('#'))],
  ['xhtml', text(xhtmlFault)],
]);
