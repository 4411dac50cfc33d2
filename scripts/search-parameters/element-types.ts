/** One element of a StructureDefinition's snapshot, as far as an accessor needs it. */
export interface Element {
  readonly path: string;
  readonly list: boolean;
  /** Type codes; the choices of a `value[x]`. Empty for a BackboneElement, whose children follow under its path. */
  readonly types: readonly string[];
  readonly choice: boolean;
  /** Canonical of the value set where the binding is required. */
  readonly requiredValueSet?: string;
  /** Path whose children this element has, without the `#`. */
  readonly contentReference?: string;
}

interface ElementDefinition {
  readonly path: string;
  readonly max: string;
  readonly type?: readonly { readonly code: string }[];
  readonly contentReference?: string;
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
}

export interface StructureDefinition {
  readonly resourceType: string;
  readonly kind: string;
  readonly name: string;
  readonly abstract: boolean;
  readonly derivation?: string;
  readonly baseDefinition?: string;
  readonly snapshot?: { readonly element: readonly ElementDefinition[] };
}

/** All elements of the base types and resources by path, e.g. `Patient.contact.name`, `HumanName.family`. */
export type ElementTable = ReadonlyMap<string, Element>;

export function elementTable(definitions: readonly StructureDefinition[]): ElementTable {
  const table = new Map<string, Element>();
  for (const definition of definitions) {
    if (definition.derivation === 'constraint' && definition.kind === 'resource') continue;
    for (const element of definition.snapshot?.element ?? []) {
      table.set(element.path, readElement(element));
    }
  }
  return table;
}

/** Type → the type that it specializes, e.g. `canonical` → `uri`. */
export function parentTypes(definitions: readonly StructureDefinition[]): Map<string, string> {
  const pairs = definitions.map(({ name, baseDefinition = '' }): [string, string] => [
    name,
    baseDefinition.slice(baseDefinition.lastIndexOf('/') + 1),
  ]);
  return new Map(pairs.filter(([, parent]) => parent !== ''));
}

const inline = new Set(['BackboneElement', 'Element']);

function readElement(element: ElementDefinition): Element {
  const types = (element.type ?? []).map((type) => type.code).filter((code) => !inline.has(code));
  const required = element.binding?.strength === 'required' ? element.binding.valueSet : undefined;
  return {
    path: element.path,
    list: element.max !== '1' && element.max !== '0',
    types: [...new Set(types)],
    choice: element.path.endsWith('[x]'),
    ...(required === undefined ? {} : { requiredValueSet: required }),
    ...(element.contentReference === undefined
      ? {}
      : { contentReference: element.contentReference.slice(element.contentReference.indexOf('#') + 1) }),
  };
}

/** The element `name` below a type or backbone path; undefined when there is none. */
export function childOf(table: ElementTable, parent: string, name: string): Element | undefined {
  return table.get(`${parent}.${name}`) ?? table.get(`${parent}.${name}[x]`);
}

/** JSON property of one choice: `value` and `dateTime` give `valueDateTime`. */
export function choiceProperty(name: string, type: string): string {
  return `${name}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
}
