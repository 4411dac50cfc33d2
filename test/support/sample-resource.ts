import {
  choiceProperty,
  type Element,
  type ElementTable,
} from '../../scripts/search-parameters/element-types.js';

/** Deepest element that is filled; the search parameters look no deeper. */
const deepest = 5;

/** What stands in primitives and references of variant n; chosen so that each `where` of the parameters holds in one. */
const codes = [
  'email',
  'phone',
  'composed-of',
  'depends-on',
  'derived-from',
  'predecessor',
  'successor',
  'final',
];
const referenceTypes = ['Patient', 'Practitioner', 'Location', 'RelatedPerson', 'Group'];
const dates = ['2026', '2026-02', '2026-02-28'];
const dateTimes = [...dates, '2026-02-28T08:30:00+08:00', '2026-02-28T00:30:00.250Z'];

export type Json = Record<string, unknown>;

/**
 * A resource of the type with every element filled, not valid but well formed; variants differ in the choice of each
 * `value[x]`, in codes, dates and reference types. The same arguments give the same resource.
 */
export function sampleResource(table: ElementTable, type: string, variant: number): Json {
  const filler = new Filler(table, variant);
  return { resourceType: type, ...filler.fill(type, 0), id: `sample-${String(variant)}` };
}

class Filler {
  #count: number;

  constructor(
    readonly table: ElementTable,
    readonly variant: number,
  ) {
    this.#count = variant;
  }

  fill(path: string, depth: number): Json {
    const made: Json = {};
    for (const element of childrenOf(this.table, path)) {
      const name = element.path.slice(path.length + 1).replace('[x]', '');
      if (name !== 'extension' && name !== 'modifierExtension') this.#set(made, { name, element, depth });
    }
    return made;
  }

  #set(made: Json, { name, element, depth }: { name: string; element: Element; depth: number }): void {
    const type = element.types[this.variant % Math.max(1, element.types.length)];
    const property = element.choice && type !== undefined ? choiceProperty(name, type) : name;
    const count = element.list ? 1 + (this.variant % 2) : 1;
    const values = Array.from({ length: count }, (_, place) =>
      this.#value(element, { type, depth, place }),
    ).filter((value) => value !== undefined);
    if (values.length > 0) made[property] = element.list ? values : values[0];
  }

  #value(
    element: Element,
    { type, depth, place }: { type: string | undefined; depth: number; place: number },
  ): unknown {
    if (depth >= deepest) return undefined;
    if (type === undefined) return this.fill(element.contentReference ?? element.path, depth + 1);
    if (/^[a-z]/.test(type) || type.startsWith('http://')) return this.#primitive(type, place);
    if (type === 'Reference') return this.#reference(place);
    if (type === 'Resource') return { resourceType: 'Composition', id: `inner-${String(this.#next())}` };
    return this.fill(type, depth + 1);
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  /** Over the variants every element gets each of them. */
  #pick(from: readonly string[], place: number): string {
    return from[(this.variant + place) % from.length] ?? '';
  }

  #reference(place: number): Json {
    const type = this.#pick(referenceTypes, place);
    const reference = `${type}/${String(this.#next())}`;
    const forms = [
      { reference },
      { reference: `https://example.org/fhir/${reference}` },
      { reference: `${reference}/_history/3` },
    ];
    return { ...forms[this.variant % forms.length], display: 'display' };
  }

  #primitive(type: string, place: number): unknown {
    const n = this.#next();
    switch (type) {
      case 'boolean':
        return n % 2 === 0;
      case 'decimal':
        return n + 0.5;
      case 'integer':
      case 'positiveInt':
      case 'unsignedInt':
        return n;
      case 'date':
        return this.#pick(dates, place);
      case 'dateTime':
        return this.#pick(dateTimes, place);
      case 'instant':
        return '2026-02-28T08:30:00.125+08:00';
      case 'time':
        return '08:30:00';
      case 'code':
        return this.#pick(codes, place);
      case 'canonical':
        return `https://example.org/canonical/${String(n)}|1.0`;
      case 'uri':
      case 'url':
        return `https://example.org/uri/${String(n)}`;
      default:
        return `${type.replace(/\W/g, '')} ${String(n)}`;
    }
  }
}

/** How many variants show every choice of the elements of a type. */
export function variantCount(table: ElementTable, type: string): number {
  const choices = [...table.values()].filter(({ path, choice }) => choice && path.startsWith(`${type}.`));
  return Math.max(codes.length, ...choices.map(({ types }) => Math.min(types.length, 20)));
}

const childrenByParent = new WeakMap<ElementTable, Map<string, Element[]>>();

function childrenOf(table: ElementTable, path: string): readonly Element[] {
  let children = childrenByParent.get(table);
  if (children === undefined) {
    children = new Map();
    for (const element of table.values()) {
      const parent = element.path.slice(0, Math.max(0, element.path.lastIndexOf('.')));
      children.set(parent, [...(children.get(parent) ?? []), element]);
    }
    childrenByParent.set(table, children);
  }
  return children.get(path) ?? [];
}
