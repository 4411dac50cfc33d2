import fhirpath from 'fhirpath';
import r4 from 'fhirpath/fhir-context/r4';
import type { SearchParameterResource } from '../../scripts/search-parameters/read-definitions.js';

type Node = Parameters<typeof fhirpath.types>[0];
type Evaluate = (value: unknown, environment?: Record<string, unknown>) => unknown[];

const resolve = {
  /** The resource that a Reference names, as far as `is` looks: its type. */
  fn(this: unknown, nodes: readonly Node[]): unknown[] {
    return nodes.flatMap((node: Node) => {
      const type = /(?:^|\/)([A-Z]\w+)\/[^/]+(?:\/_history\/\w+)?$/.exec(node.data?.reference ?? '')?.[1];
      return type === undefined
        ? []
        : [node.constructor.makeResNode(this, { resourceType: type }, null, null, null, null)];
    });
  },
  arity: { 0: [] },
  internalStructures: true,
};

const compiled = new Map<string, Evaluate>();

function compile(expression: string, base?: string): Evaluate {
  const key = `${base ?? ''} ${expression}`;
  let made = compiled.get(key);
  if (made === undefined) {
    const filtering = filterByType(expression);
    const path = base === undefined ? filtering : { base, expression: filtering };
    made = fhirpath.compile(path, r4, { userInvocationTable: { resolve } }) as Evaluate;
    compiled.set(key, made);
  }
  return made;
}

/** R4 writes `as` where lists are meant, which the language allows for single items only; later releases write `ofType`. */
const filterByType = (expression: string): string =>
  expression.replace(/\(([\w.]+) as (\w+)\)/g, '$1.ofType($2)').replaceAll('.as(', '.ofType(');

/** The distinct nodes that fhirpath.js finds for a parameter that is no composite. */
export function oracleNodes({ expression = '' }: SearchParameterResource, resource: unknown): Set<string> {
  return distinct(compile(expression)(resource));
}

/**
 * The distinct nodes of each component of each element, as `<place of the element>$<component>`; elements that lack a
 * component have none.
 */
export function oracleParts(
  parameter: SearchParameterResource,
  resource: { resourceType: string },
): Map<string, Set<string>> {
  const parts = new Map<string, Set<string>>();
  const elements = (parameter.expression ?? '').split(' | ').flatMap((path) => {
    const found = compile(path)(resource);
    return found.map((element) => ({ element, path }));
  });
  elements.forEach(({ element, path }, place) => {
    const found = (parameter.component ?? []).map(({ expression }) => {
      // R4 writes the type of code-value-date in System's spelling.
      const evaluate = compile(expression.replace('DateTime', 'dateTime'), path);
      return distinct(evaluate(element, { resource }));
    });
    if (found.some((nodes) => nodes.size === 0)) return;
    found.forEach((nodes, index) => parts.set(`${String(place)}$${String(index + 1)}`, nodes));
  });
  return parts;
}

export const distinct = (nodes: readonly unknown[]): Set<string> =>
  new Set(nodes.filter((node) => node !== undefined && node !== null).map((node) => JSON.stringify(node)));
