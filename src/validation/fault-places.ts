import type { Place } from './faults.js';
import { isResourceType, typeRule, type ElementRule, type TypeRule } from './element-rules.js';
import { isObject } from './walk.js';

/** What a client called a property may be anything; only what looks like a name is repeated. */
const name = /^_?[A-Za-z][A-Za-z0-9]{0,63}$/;

function ruleOfResource(value: unknown): TypeRule | undefined {
  const type = isObject(value) ? value['resourceType'] : undefined;
  return typeof type === 'string' && isResourceType(type) ? typeRule(type) : undefined;
}

function nextRule(element: ElementRule | undefined, value: unknown): TypeRule | undefined {
  if (element === undefined) return undefined;
  if (element.kind === 'resource') return ruleOfResource(Array.isArray(value) ? undefined : value);
  return typeRule(element.kind === 'sibling' ? 'Element' : element.typeName);
}

function step(key: string, element: ElementRule | undefined): string {
  if (element === undefined) return name.test(key) ? `.${key}` : '';
  return element.isChoice ? `.${element.element}.ofType(${element.typeName})` : `.${element.element}`;
}

function child(value: unknown, segment: string | number): unknown {
  if (typeof segment === 'number') return Array.isArray(value) ? (value as unknown[])[segment] : undefined;
  return isObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
}

/**
 * FHIRPath of a place: `Patient.contact[1].gender`, `Observation.value.ofType(Quantity).code`, `Bundle.entry[0].resource.name`.
 * Walks the value beside the place, since only the value tells the type of a resource within it.
 */
export function expressionOf(type: string, root: unknown, place: Place): string {
  let expression = type;
  let value = root;
  let rule = ruleOfResource(root) ?? typeRule(type);
  let pending: ElementRule | undefined;
  for (const segment of place) {
    value = child(value, segment);
    if (typeof segment === 'number') {
      expression += `[${segment}]`;
      if (pending?.kind === 'resource') rule = ruleOfResource(value);
      continue;
    }
    pending = rule?.elements.get(segment);
    expression += step(segment, pending);
    rule = nextRule(pending, value);
  }
  return expression;
}
