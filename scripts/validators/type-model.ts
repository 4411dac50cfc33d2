import { refName, type SchemaDefinition, type SchemaProperty, type Specification } from './specification.js';
import type { SpecElement } from './spec-element.js';

/** One property of a type as JSON has it (`valueQuantity`, not `value[x]`), merged from HL7's schema and StructureDefinitions. */
export interface PropertyModel {
  /** JSON name, e.g. `valueQuantity`. */
  readonly name: string;
  /** Element's name in the specification, e.g. `value[x]`. */
  readonly element: string;
  /** Primitive (`dateTime`), data type (`Quantity`), nested type by path (`Patient.contact`) or `Resource`. */
  readonly type: string;
  readonly isArray: boolean;
  readonly min: number;
  readonly valueSet?: string;
  /** Types that a Reference may point to; absent: any. */
  readonly targets?: readonly string[];
  /** A Quantity without comparator (http://hl7.org/fhir/R4/datatypes.html#SimpleQuantity). */
  readonly isSimple: boolean;
}

export interface TypeModel {
  /** Path: `Patient`, `Patient.contact`. */
  readonly path: string;
  /** Name of the definition in HL7's schema: `Patient`, `Patient_Contact`. */
  readonly definition: string;
  /** Type whose properties this one shares, e.g. `DomainResource`, `BackboneElement`. */
  readonly base: string | undefined;
  readonly isResource: boolean;
  readonly properties: readonly PropertyModel[];
}

const simpleQuantity = 'http://hl7.org/fhir/StructureDefinition/SimpleQuantity';

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface ModelContext {
  readonly spec: Specification;
  readonly paths: Map<string, string>;
  readonly choices: ReadonlyMap<string, SpecElement>;
}

/** Every choice element under each of its JSON names: `Observation.valueQuantity` → element of `Observation.value[x]`. */
function choiceElements(spec: Specification): Map<string, SpecElement> {
  const found = new Map<string, SpecElement>();
  for (const element of spec.elements.values()) {
    if (!element.path.endsWith('[x]')) continue;
    for (const type of element.type ?? [])
      found.set(element.path.slice(0, -3) + capitalised(type.code), element);
  }
  return found;
}

/** Paths of the schema's definitions where they are defined: `Bundle_Link` is `Bundle.link`, not `Bundle.entry.link`. */
function definitionPaths(spec: Specification): Map<string, string> {
  const roots = Object.keys(spec.definitions).filter(
    (name) => spec.definitions[name]?.properties !== undefined && spec.structures.has(name),
  );
  const paths = new Map(roots.map((name) => [name, name]));
  for (const [name, path] of paths) {
    for (const [key, property] of Object.entries(spec.definitions[name]?.properties ?? {})) {
      const ref = (property.items ?? property).$ref;
      const target = ref === undefined ? undefined : refName(ref);
      if (target === undefined || paths.has(target)) continue;
      if (spec.elements.get(`${path}.${key}`)?.contentReference !== undefined) continue;
      if (spec.definitions[target]?.properties !== undefined) paths.set(target, `${path}.${key}`);
    }
  }
  return paths;
}

function jsonType(property: SchemaProperty, element: SpecElement | undefined, context: ModelContext): string {
  if (property.$ref === undefined) return element?.type?.[0]?.code ?? 'code';
  const target = refName(property.$ref);
  if (target === 'ResourceList') return 'Resource';
  return context.paths.get(target) ?? target;
}

function specElement(path: string, key: string, context: ModelContext): SpecElement | undefined {
  return context.choices.get(`${path}.${key}`) ?? context.spec.elements.get(`${path}.${key}`);
}

function choiceType(element: SpecElement, base: string, key: string): string | undefined {
  return (element.type ?? []).find((type) => base + capitalised(type.code) === key)?.code;
}

function targetsOf(element: SpecElement | undefined): string[] | undefined {
  const profiles = (element?.type ?? []).flatMap((type) =>
    type.code === 'Reference' ? (type.targetProfile ?? []) : [],
  );
  const names = profiles.map((url) => url.slice(url.lastIndexOf('/') + 1));
  return names.length === 0 || names.includes('Resource') ? undefined : names;
}

function isSimpleQuantity(element: SpecElement): boolean {
  return (element.type ?? []).some((type) => type.profile?.includes(simpleQuantity) === true);
}

function propertyModel(
  path: string,
  [key, property]: [string, SchemaProperty],
  context: ModelContext,
): PropertyModel | undefined {
  const element = specElement(path, key, context);
  // The schema gives modifierExtension to the nested parts of data types; the specification does not.
  if (element === undefined) return undefined;
  const name = element.path.slice(element.path.lastIndexOf('.') + 1);
  const isChoice = name.endsWith('[x]');
  let type = isChoice
    ? choiceType(element, name.slice(0, -3), key)
    : jsonType(property.items ?? property, element, context);
  if (type === undefined) throw new Error(`no type for ${path}.${key}`);
  // The id of a resource is an id; the id of an element is any string.
  if (key === 'id' && context.spec.resourceTypes.includes(path)) type = 'id';
  const binding = element.binding?.strength === 'required' ? element.binding.valueSet : undefined;
  const targets = type === 'Reference' ? targetsOf(element) : undefined;
  return {
    name: key,
    element: name,
    type,
    isArray: property.type === 'array',
    min: element.min,
    isSimple: type === 'Quantity' && isSimpleQuantity(element),
    ...(binding === undefined ? {} : { valueSet: binding }),
    ...(targets === undefined ? {} : { targets }),
  };
}

/** The specification lets Meta be the value of an open choice; HL7's schema 4.0.0 forgot it. */
function withOpenMeta(definition: SchemaDefinition): Record<string, SchemaProperty> {
  const properties = { ...definition.properties };
  for (const key of Object.keys(properties)) {
    if (!key.endsWith('UsageContext') || key === 'UsageContext') continue;
    const base = key.slice(0, -'UsageContext'.length);
    if (base !== '' && properties[`${base}Base64Binary`] !== undefined) {
      properties[`${base}Meta`] = { $ref: '#/definitions/Meta' };
    }
  }
  return properties;
}

function baseOf(path: string, spec: Specification): string | undefined {
  const structure = spec.structures.get(path);
  if (structure === undefined) return spec.elements.get(path)?.type?.[0]?.code;
  return structure.baseDefinition?.slice(structure.baseDefinition.lastIndexOf('/') + 1);
}

/** All complex types, resources and nested types of R4, in the order of HL7's schema. */
export function buildTypeModel(spec: Specification): TypeModel[] {
  const context: ModelContext = { spec, paths: definitionPaths(spec), choices: choiceElements(spec) };
  return [...context.paths].map(([definition, path]) => {
    const schema = spec.definitions[definition];
    if (schema === undefined) throw new Error(`no schema for ${definition}`);
    const properties = Object.entries(withOpenMeta(schema))
      .filter(([key, property]) => !key.startsWith('_') && property.const === undefined)
      .map((entry) => propertyModel(path, entry, context))
      .filter((property) => property !== undefined);
    return {
      path,
      definition,
      base: baseOf(path, spec),
      isResource: spec.resourceTypes.includes(path),
      properties,
    };
  });
}
