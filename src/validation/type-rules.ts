import { createHash } from 'node:crypto';
import type { CodeSet } from './code-sets.js';
import type { ElementRule } from './element-rules.js';
import { checkReference } from './reference-rules.js';
import { isObject, type JsonObject, type Walk } from './walk.js';

/** Checks one object of a data type beyond its elements. */
export type TypeCheck = (walk: Walk, value: JsonObject, element: ElementRule) => void;

const scheme = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * The system of an identifier is an absolute URI (http://hl7.org/fhir/R4/datatypes.html#Identifier). Codes may carry
 * local code systems by plain names, which R4 advises against and does not forbid.
 */
function checkSystem(walk: Walk, value: JsonObject): void {
  const system = value['system'];
  if (typeof system === 'string' && system !== '' && !scheme.test(system)) {
    walk.faults.add('relativeUri', [...walk.path, 'system']);
  }
}

function isCodingIn(set: CodeSet, coding: unknown): boolean {
  if (!isObject(coding)) return false;
  const { system, code } = coding;
  return typeof system === 'string' && typeof code === 'string' && set.codings.has(`${system}|${code}`);
}

function checkCoding(walk: Walk, value: JsonObject, element: ElementRule): void {
  const system = value['system'];
  // A value set lists codes and defines none (http://hl7.org/fhir/R4/datatypes.html#Coding).
  if (typeof system === 'string' && system.startsWith('http://hl7.org/fhir/ValueSet/')) {
    walk.faults.add('valueSetAsSystem', [...walk.path, 'system']);
  }
  if (element.codes === undefined || element.typeName !== 'Coding') return;
  if (!isCodingIn(element.codes, value)) walk.faults.add('codeNotInSet', walk.path, element.codes.url);
}

/** One coding of a required binding is enough. */
function checkConcept(walk: Walk, value: JsonObject, element: ElementRule): void {
  const set = element.codes;
  if (set === undefined) return;
  const coding = value['coding'];
  if (Array.isArray(coding) && coding.some((one) => isCodingIn(set, one))) return;
  walk.faults.add('codeNotInSet', walk.path, set.url);
}

function byteCount(data: string): number {
  const dense = data.replaceAll(/\s/g, '');
  return (dense.length / 4) * 3 - (dense.endsWith('==') ? 2 : dense.endsWith('=') ? 1 : 0);
}

function checkQuantity(walk: Walk, value: JsonObject, element: ElementRule): void {
  if (element.isSimple && value['comparator'] !== undefined) {
    walk.faults.add('comparator', [...walk.path, 'comparator']);
  }
}

/** Attachment: size and SHA-1 are those of data before base64 (http://hl7.org/fhir/R4/datatypes.html#Attachment). */
function checkAttachment(walk: Walk, value: JsonObject): void {
  const { data, size, hash } = value;
  if (typeof data !== 'string') return;
  if (typeof size === 'number' && byteCount(data) !== size)
    walk.faults.add('attachmentSize', [...walk.path, 'size']);
  if (typeof hash !== 'string') return;
  const actual = createHash('sha1').update(data, 'base64').digest('base64');
  if (actual !== hash) walk.faults.add('attachmentHash', [...walk.path, 'hash']);
}

/** Currencies are ISO 4217 codes, which the specification does not list: their form only. */
function checkMoney(walk: Walk, value: JsonObject): void {
  const currency = value['currency'];
  if (typeof currency === 'string' && !/^[A-Z]{3}$/.test(currency)) {
    walk.faults.add('codeNotInSet', [...walk.path, 'currency'], 'http://hl7.org/fhir/ValueSet/currencies');
  }
}

function hasValue(extension: JsonObject): boolean {
  for (const key in extension) if (key.startsWith('value') || key.startsWith('_value')) return true;
  return false;
}

/** An extension has a value or extensions; its url is absolute unless it is part of another extension. */
function checkExtension(walk: Walk, value: JsonObject): void {
  if (hasValue(value) === (value['extension'] !== undefined)) walk.faults.add('extensionContent', walk.path);
  const url = value['url'];
  const outer = walk.path.at(-4);
  if (typeof url !== 'string' || url === '' || scheme.test(url) || url.startsWith('#')) return;
  if (outer !== 'extension' && outer !== 'modifierExtension')
    walk.faults.add('relativeUri', [...walk.path, 'url']);
}

/** By type path. */
export const typeChecks: ReadonlyMap<string, TypeCheck> = new Map<string, TypeCheck>([
  ['Reference', checkReference],
  ['Identifier', checkSystem],
  ['Coding', checkCoding],
  ['CodeableConcept', checkConcept],
  ['Attachment', checkAttachment],
  ['Money', checkMoney],
  ['Quantity', checkQuantity],
  ['Extension', checkExtension],
]);
