import type {
  SearchParameter,
  SearchParameterComponent,
  SearchParameterType,
} from '../../src/fhir/search/search-parameter.js';
import { compileAccessor, type CompileContext } from './compile-accessor.js';
import { elementTable, parentTypes } from './element-types.js';
import type { Definitions, SearchParameterResource } from './read-definitions.js';

export interface TypeTable {
  readonly name: string;
  /** Places in `definitions` of the type's parameters, by code. */
  readonly parameters: readonly number[];
  readonly accessors: readonly CompiledAccessor[];
}

export interface CompiledAccessor {
  readonly code: string;
  /** Body of `(r, s) => { … }`. */
  readonly body: string;
}

export interface Tables {
  readonly definitions: readonly SearchParameter[];
  readonly types: readonly TypeTable[];
  /** Accessors of Resource and DomainResource, in front of those of each type. */
  readonly common: ReadonlyMap<string, readonly CompiledAccessor[]>;
  readonly pairs: number;
  readonly accessorCount: number;
}

/** Columns of the store, so they need no index entries. */
const columns = new Set(['_id', '_lastUpdated']);

/** Types that inherit from Resource alone (http://hl7.org/fhir/R4/domainresource.html). */
const plainResources = new Set(['Bundle', 'Binary', 'Parameters']);

export const basesOf = (type: string): readonly string[] =>
  plainResources.has(type) ? ['Resource'] : ['Resource', 'DomainResource'];

/** Compiles every standard parameter for every type that it applies to. Throws on the first that can't be compiled. */
export function buildTables({ structures, parameters, resourceTypes, systems }: Definitions): Tables {
  const sorted = [...parameters].sort((a, b) =>
    a.code === b.code ? compare(a.url, b.url) : compare(a.code, b.code),
  );
  const context: CompileContext = {
    table: elementTable(structures),
    parents: parentTypes(structures),
    systems,
  };
  const byUrl = new Map(sorted.map((parameter) => [parameter.url, parameter]));
  const compileFor = (base: string): CompiledAccessor[] =>
    sorted
      .filter(
        (parameter) => parameter.base.includes(base) && isIndexed(parameter) && !columns.has(parameter.code),
      )
      .map((parameter) => ({ code: parameter.code, body: compileOne(parameter, base, { byUrl, context }) }));
  const types = resourceTypes.map((name): TypeTable => {
    const bases = new Set([...basesOf(name), name]);
    const applies = sorted.map(({ base }, place) => (base.some((one) => bases.has(one)) ? place : -1));
    return { name, parameters: applies.filter((place) => place >= 0), accessors: compileFor(name) };
  });
  const common = new Map(['Resource', 'DomainResource'].map((base) => [base, compileFor(base)]));
  const all = [...types.map(({ accessors }) => accessors), ...common.values()];
  return {
    definitions: sorted.map((parameter) => describe(parameter, byUrl)),
    types,
    common,
    pairs: sorted.reduce((sum, { base }) => sum + base.length, 0),
    accessorCount: all.reduce((sum, accessors) => sum + accessors.length, 0),
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `near` is special, phonetic matching and full text are no index kinds, `_text`, `_content`, `_query` have no expression. */
function isIndexed({ code, type, expression }: SearchParameterResource): boolean {
  return expression !== undefined && type !== 'special' && code !== 'phonetic';
}

interface CompileOptions {
  readonly byUrl: ReadonlyMap<string, SearchParameterResource>;
  readonly context: CompileContext;
}

function compileOne(
  parameter: SearchParameterResource,
  base: string,
  { byUrl, context }: CompileOptions,
): string {
  try {
    return compileAccessor(
      {
        code: parameter.code,
        type: parameter.type,
        resourceType: base,
        expression: parameter.expression ?? '',
        components: (parameter.component ?? []).map(({ definition, expression }) => ({
          type: byUrl.get(definition)?.type ?? '',
          expression,
        })),
      },
      context,
    );
  } catch (error) {
    throw new Error(`can't compile ${parameter.url} for ${base}`, { cause: error });
  }
}

function describe(
  parameter: SearchParameterResource,
  byUrl: ReadonlyMap<string, SearchParameterResource>,
): SearchParameter {
  const components = (parameter.component ?? []).map(({ definition }): SearchParameterComponent => {
    const of = byUrl.get(definition);
    if (of === undefined) throw new Error(`${parameter.url} has an unknown component ${definition}`);
    return { type: of.type as SearchParameterType, kinds: kindsOf(of), targets: targetsOf(of) };
  });
  return {
    code: parameter.code,
    type: parameter.type as SearchParameterType,
    url: parameter.url,
    kinds: kindsOf(parameter),
    targets: targetsOf(parameter),
    components,
  };
}

function kindsOf(parameter: SearchParameterResource): SearchParameter['kinds'] {
  const { type } = parameter;
  if (!isIndexed(parameter) || type === 'composite' || type === 'special') return [];
  return [type as SearchParameter['kinds'][number]];
}

/** A Reference(Any) lists every type there is. */
function targetsOf({ target = [] }: SearchParameterResource): readonly string[] {
  return target.length > 100 ? [] : [...target].sort(compare);
}
