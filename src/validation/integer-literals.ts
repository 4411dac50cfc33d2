import { elements, members } from '../fhir/json/top-places.js';
import { integerNames, isResourceType, typeRule, type ElementRule, type TypeRule } from './element-rules.js';
import { isObject, type Walk } from './walk.js';

/** `1.0`, `1e3`, `-0`: a whole number that is not written as an integer, or what looks like one within a string. */
const disguised = /[:,[]\s*(?:-0|-?\d+(?:\.0+|(?:\.\d+)?[eE][+-]?\d+))(?=\s*[,\]}])/g;
/** http://hl7.org/fhir/R4/datatypes.html#integer, without the plus that JSON doesn't have. */
const plain = /^(?:0|-?[1-9][0-9]*)$/;

interface Node {
  readonly value: unknown;
  /** Where it begins in the text. */
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the integers of a resource that its text writes as decimals: a parsed value no longer tells `1.0` from `1`.
 * `text` is what `value` was parsed from. To be asked only where the walk met an integer.
 */
export function checkIntegerLiterals(walk: Walk, value: unknown, text: string): void {
  if (!mayHoldDisguised(text)) return;
  visitObject({ walk, text }, { value, start: text.indexOf('{'), end: text.length }, ruleOfResource(value));
}

/** Most such numbers are decimals, which the name of the member tells. */
function mayHoldDisguised(text: string): boolean {
  for (const { index } of text.matchAll(disguised)) {
    const isMember = text[index] === ':' && text[index - 1] === '"';
    if (!isMember) return true;
    const name = text.slice(text.lastIndexOf('"', index - 2) + 1, index - 1);
    if (integerNames().has(name)) return true;
  }
  return false;
}

interface Visit {
  readonly walk: Walk;
  readonly text: string;
}

function ruleOfResource(value: unknown): TypeRule | undefined {
  const type = isObject(value) ? value['resourceType'] : undefined;
  return typeof type === 'string' && isResourceType(type) ? typeRule(type) : undefined;
}

function visitObject(visit: Visit, { value, start }: Node, rule: TypeRule | undefined): void {
  if (rule === undefined || !isObject(value)) return;
  const { walk, text } = visit;
  for (const member of members(text, start)) {
    const element = rule.elements.get(member.name);
    if (element === undefined || walk.faults.isFull()) continue;
    walk.path.push(member.name);
    visitElement(visit, { value: value[member.name], ...member.value }, element);
    walk.path.pop();
  }
}

function visitElement(visit: Visit, node: Node, element: ElementRule): void {
  if (!Array.isArray(node.value)) {
    visitItem(visit, node, element);
    return;
  }
  let index = 0;
  for (const item of elements(visit.text, node.start)) {
    visit.walk.path.push(index);
    visitItem(visit, { value: (node.value as unknown[])[index], ...item }, element);
    visit.walk.path.pop();
    index += 1;
  }
}

function visitItem(visit: Visit, node: Node, element: ElementRule): void {
  const { walk, text } = visit;
  if (element.kind === 'resource') visitObject(visit, node, ruleOfResource(node.value));
  else if (element.kind === 'sibling') visitObject(visit, node, typeRule('Element'));
  else if (element.kind === 'complex') visitObject(visit, node, typeRule(element.typeName));
  else if (isGoodInteger(node.value, element) && !plain.test(text.slice(node.start, node.end))) {
    walk.faults.add('malformedValue', walk.path, element.typeName);
  }
}

/** What is no integer by its value has been found before. */
function isGoodInteger(value: unknown, { primitive }: ElementRule): boolean {
  const check = primitive?.checkNumber;
  return typeof value === 'number' && check !== undefined && check(value) === undefined;
}
