import { linkElements } from '../definitions/generated/link-elements.js';
import { elements, endOfValue, members, topPlaces } from '../json/top-places.js';

/** A place in the text of a resource. */
export interface LocatedValue {
  /** What the element at the place is, where a link can stand: `reference` is the literal of a Reference. */
  readonly leaf: 'reference' | 'uri' | 'xhtml' | undefined;
  /** FHIRPath, e.g. `Observation.performer[1].reference`. */
  readonly path: string;
}

interface Walk {
  readonly text: string;
  /** Ascending starts of the wanted values. */
  readonly wanted: readonly number[];
  readonly found: Map<number, LocatedValue>;
}

interface Step {
  readonly start: number;
  /** Row of linkElements, or a leaf; undefined where the element is unknown or can't hold a link. */
  readonly type: string | undefined;
  readonly path: string;
}

/**
 * Says what the values that begin at `places` of the compact text of a resource are, by the element definitions. Walks
 * only into the objects that hold one of them.
 */
export function locateValues(
  text: string,
  type: string,
  places: readonly number[],
): ReadonlyMap<number, LocatedValue> {
  const walk: Walk = { text, wanted: [...places].sort((a, b) => a - b), found: new Map() };
  walkValue(walk, { start: 0, type, path: type });
  return walk.found;
}

/** Whether a wanted value begins in [start, end), found by halving: there may be as many as the text has room for. */
function holdsWanted({ wanted }: Walk, start: number, end: number): boolean {
  let low = 0;
  let high = wanted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((wanted[middle] ?? Infinity) < start) low = middle + 1;
    else high = middle;
  }
  return (wanted[low] ?? Infinity) < end;
}

function walkValue(walk: Walk, step: Step): void {
  switch (walk.text[step.start]) {
    case '{':
      return walkObject(walk, step);
    case '[':
      return walkArray(walk, step);
    default:
      walk.found.set(step.start, { leaf: leafOf(step.type), path: step.path });
  }
}

function leafOf(type: string | undefined): LocatedValue['leaf'] {
  return type === 'reference' || type === 'uri' || type === 'xhtml' ? type : undefined;
}

function walkObject(walk: Walk, step: Step): void {
  const type = step.type === 'Resource' ? ownType(walk.text, step.start) : step.type;
  const row = type === undefined ? undefined : linkElements[type];
  for (const { name, value } of members(walk.text, step.start)) {
    if (!holdsWanted(walk, value.start, value.end)) continue;
    const leadsTo = name.startsWith('_') ? 'Element' : row?.[name];
    walkValue(walk, { start: value.start, type: leadsTo, path: `${step.path}.${name}` });
  }
}

function ownType(text: string, start: number): string | undefined {
  const own = text.slice(start, endOfValue(text, start));
  const { resourceType } = topPlaces(own);
  return resourceType === undefined ? undefined : own.slice(resourceType.start + 1, resourceType.end - 1);
}

function walkArray(walk: Walk, step: Step): void {
  let index = 0;
  for (const { start, end } of elements(walk.text, step.start)) {
    if (holdsWanted(walk, start, end))
      walkValue(walk, { start, type: step.type, path: `${step.path}[${String(index)}]` });
    index++;
  }
}
