import { refName, type SchemaProperty, type Specification } from './specification.js';
import type { PropertyModel, TypeModel } from './type-model.js';

/** JSON Schema as Ajv gets it; only what checks the structure. */
export interface StructureSchema {
  title?: string;
  type?: string | string[];
  properties?: Record<string, StructureSchema | true>;
  items?: StructureSchema;
  additionalProperties?: false;
  $ref?: string;
}

export const elementOrNull = 'ElementOrNull';
const ref = (name: string): StructureSchema => ({ $ref: `#/definitions/${name}` });

function jsonTypeOf(property: SchemaProperty, spec: Specification): string {
  const primitive = property.$ref === undefined ? property : spec.definitions[refName(property.$ref)];
  // xhtml has no type in the schema, nor have enums.
  return primitive?.type ?? 'string';
}

function itemSchema(property: SchemaProperty, isItem: boolean, spec: Specification): StructureSchema {
  const target = property.$ref === undefined ? undefined : refName(property.$ref);
  // A resource within a resource is checked by itself, chosen by its resourceType.
  if (target === 'ResourceList') return { type: 'object' };
  if (target !== undefined && spec.definitions[target]?.properties !== undefined) {
    return ref(isItem && target === 'Element' ? elementOrNull : target);
  }
  const type = jsonTypeOf(property, spec);
  // Arrays of primitives and of their extensions are aligned by nulls (http://hl7.org/fhir/R4/json.html#primitive).
  return { type: isItem ? [type, 'null'] : type };
}

function propertySchema(property: SchemaProperty, spec: Specification): StructureSchema | true {
  if (property.const !== undefined) return true;
  if (property.items === undefined) return itemSchema(property, false, spec);
  return { type: 'array', items: itemSchema(property.items, true, spec) };
}

function definitionSchema(type: TypeModel, spec: Specification): StructureSchema {
  const known = new Map<string, PropertyModel>(type.properties.map((property) => [property.name, property]));
  const properties: Record<string, StructureSchema | true> = {};
  for (const [key, property] of Object.entries(spec.definitions[type.definition]?.properties ?? {})) {
    if (key.startsWith('_') || property.const !== undefined || known.has(key)) {
      properties[key] = propertySchema(property, spec);
      known.delete(key);
    }
  }
  for (const added of known.values()) properties[added.name] = ref(added.type);
  return { title: type.definition, type: 'object', properties, additionalProperties: false };
}

/**
 * HL7's JSON schema reduced to structure: which properties, which JSON types, single or array. Patterns, codes and
 * required elements are left to the second stage, which knows extensions in place of values and says what is wrong.
 */
export function buildStructureSchemas(
  model: readonly TypeModel[],
  spec: Specification,
): Record<string, StructureSchema> {
  const schemas: Record<string, StructureSchema> = {};
  for (const type of model) schemas[type.definition] = definitionSchema(type, spec);
  schemas[elementOrNull] = { ...schemas['Element'], title: elementOrNull, type: ['object', 'null'] };
  return schemas;
}
