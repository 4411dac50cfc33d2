import { isResourceType, typeRule, type ElementRule, type TypeRule } from './element-rules.js';
import { checkResourceRules } from './resource-rules.js';
import { checkStructure } from './check-structure.js';
import { typeChecks } from './type-rules.js';
import { isObject, type JsonObject, type Walk } from './walk.js';

/** Objects within objects; deeper ones are refused before they can exhaust the stack. */
const maxDepth = 100;

/** Names of the required elements of an object that are missing. */
function addMissing(walk: Walk, rule: TypeRule, seen: number): void {
  for (const { bit, element } of rule.required) {
    if ((seen & bit) === 0) walk.faults.add('missing', [...walk.path, element]);
  }
}

/** `valueString` with `_valueString` is one choice; with `valueCode` it is two. */
function addTwoChoices(walk: Walk, rule: TypeRule, value: JsonObject): void {
  const chosen = new Map<string, string>();
  for (const key in value) {
    const element = rule.elements.get(key);
    if (element?.isChoice !== true) continue;
    const before = chosen.get(element.element);
    if (before !== undefined && before !== element.typeName)
      walk.faults.add('twoChoices', [...walk.path, key]);
    else chosen.set(element.element, element.typeName);
  }
}

function hasExtension(value: unknown): boolean {
  return isObject(value) && Array.isArray(value['extension']) && value['extension'].length > 0;
}

function itemOf(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value as unknown[])[index] : undefined;
}

function checkPrimitive(walk: Walk, value: unknown, element: ElementRule): void {
  const primitive = element.primitive;
  if (primitive === undefined) return;
  if (typeof value !== primitive.jsonType) walk.isSound = false;
  else if (typeof value === 'string') checkString(walk, value, element);
  else if (typeof value === 'number') {
    if (!Number.isFinite(value)) walk.isSound = false;
    if (primitive.checkNumber === undefined) return;
    walk.holdsIntegers = true;
    const fault = primitive.checkNumber(value);
    if (fault !== undefined) walk.faults.add(fault, walk.path, element.typeName);
  }
}

function checkString(walk: Walk, value: string, { primitive, codes, typeName }: ElementRule): void {
  const isEnumerated = codes !== undefined && typeName === 'code';
  if (isEnumerated && codes.codes.has(value)) return;
  const fault = primitive?.check?.(value, walk.mayHoldControls);
  if (fault !== undefined) walk.faults.add(fault, walk.path, typeName);
  else if (isEnumerated) walk.faults.add('codeNotInSet', walk.path, codes.url);
}

/** Extensions of a primitive stand in for its value, or accompany it. */
function checkSibling(walk: Walk, sibling: unknown, partner: unknown): void {
  if (!isObject(sibling)) {
    walk.isSound = false;
    return;
  }
  const rule = typeRule('Element');
  if (rule !== undefined) checkObject(walk, sibling, rule);
  if ((partner === undefined || partner === null) && !hasExtension(sibling))
    walk.faults.add('noValue', walk.path);
}

function checkItem(walk: Walk, value: unknown, element: ElementRule): void {
  if (element.kind === 'primitive') {
    checkPrimitive(walk, value, element);
  } else if (!isObject(value)) {
    walk.isSound = false;
  } else if (element.kind === 'resource') {
    checkResource(walk, value, element);
  } else {
    const rule = typeRule(element.typeName);
    if (rule === undefined) {
      walk.isSound = false;
      return;
    }
    checkObject(walk, value, rule);
    typeChecks.get(element.typeName)?.(walk, value, element);
  }
}

function checkArray(walk: Walk, values: readonly unknown[], { parent, element }: Place): void {
  if (values.length === 0) walk.faults.add('emptyArray', walk.path);
  for (let index = 0; index < values.length && !walk.faults.isFull(); index += 1) {
    const value = values[index];
    walk.path.push(index);
    if (value === null) checkNull(walk, itemOf(parent[element.partner], index), element);
    else if (element.kind === 'sibling') checkSibling(walk, value, itemOf(parent[element.partner], index));
    else checkItem(walk, value, element);
    walk.path.pop();
  }
}

/** Null in an array keeps a primitive and its extensions at the same index; `other` is what stands there in the other. */
function checkNull(walk: Walk, other: unknown, { kind }: ElementRule): void {
  if (kind === 'complex' || kind === 'resource') {
    walk.isSound = false;
    return;
  }
  const isAligned = kind === 'sibling' ? other !== undefined && other !== null : hasExtension(other);
  if (!isAligned) walk.faults.add('strayNull', walk.path);
}

interface Place {
  readonly parent: JsonObject;
  readonly element: ElementRule;
}

function checkElement(walk: Walk, value: unknown, place: Place): void {
  const { parent, element } = place;
  // A single value where an array belongs, or the reverse, is a fault of structure and reported there.
  if (Array.isArray(value) !== element.isArray) {
    walk.isSound = false;
    return;
  }
  walk.path.push(element.key);
  if (element.isArray) checkArray(walk, value as unknown[], place);
  else if (element.kind === 'sibling') checkSibling(walk, value, parent[element.partner]);
  else checkItem(walk, value, element);
  walk.path.pop();
}

function checkObject(walk: Walk, value: JsonObject, rule: TypeRule): void {
  if (walk.depth >= maxDepth || walk.faults.isFull()) {
    walk.isSound = false;
    if (walk.depth >= maxDepth) walk.faults.add('tooDeep', walk.path);
    return;
  }
  walk.depth += 1;
  let seen = 0;
  let again = 0;
  let isEmpty = true;
  for (const key in value) {
    isEmpty = false;
    const element = rule.elements.get(key);
    if (element === undefined) {
      if (key !== 'resourceType' || !rule.isResource) walk.isSound = false;
      continue;
    }
    again |= seen & element.bit;
    seen |= element.bit;
    // Few loads here are as cheap as that of the key that the loop stands on.
    checkElement(walk, value[key], { parent: value, element });
  }
  if (isEmpty) walk.faults.add('emptyObject', walk.path);
  else if ((seen & rule.requiredMask) !== rule.requiredMask) addMissing(walk, rule, seen);
  if ((again & rule.choiceMask) !== 0) addTwoChoices(walk, rule, value);
  walk.depth -= 1;
}

/** Both stages for one resource at the walk's place, and in turn for those within it. */
export function checkResource(walk: Walk, resource: JsonObject, element?: ElementRule): void {
  const type = resource['resourceType'];
  const rule = typeof type === 'string' && isResourceType(type) ? typeRule(type) : undefined;
  if (rule === undefined) {
    walk.faults.add('unknownResourceType', [...walk.path, 'resourceType']);
    return;
  }
  const container = walk.container;
  if (element?.key !== 'contained') walk.container = resource;
  const before = walk.faults.faults.length;
  const { isSound } = walk;
  walk.isSound = true;
  checkObject(walk, resource, rule);
  checkResourceRules(walk, rule.path, resource);
  walk.container = container;
  // Where the rules know each element in its form, Ajv's code has nothing to find (test/unit/validate-structure.test.ts
  // holds the two together). It recurses without a limit of its own; what is too deep was found above.
  const found = walk.faults.faults.slice(before);
  if (!walk.isSound || found.length > 0) {
    if (!found.some((fault) => fault.name === 'tooDeep')) checkStructure(walk, rule.path, resource);
  }
  walk.isSound = isSound;
}
