import type { Route } from './route.js';

/** The routes of one path shape by method. */
export type PathRoutes = ReadonlyMap<string, Route>;

export interface PathMatch {
  readonly routes: PathRoutes;
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
}

interface Node {
  readonly literals: Map<string, Node>;
  parameter: { readonly name: string; readonly node: Node } | undefined;
  readonly routes: Map<string, Route>;
}

/** Finds the routes of a path below the base, given without its leading slash; undefined where there is none. */
export type MatchRoute = (path: string) => PathMatch | undefined;

/** A tree of segments made from the route table; a literal segment goes before a parameter. */
export function createMatchRoute(table: readonly Route[]): MatchRoute {
  const root = newNode();
  for (const route of table) {
    let node = root;
    for (const segment of segmentsOf(route.path.slice(1))) node = childOf(node, segment);
    node.routes.set(route.method, route);
  }
  return (path) => {
    const parameters = { type: '', id: '', versionId: '' };
    let node: Node | undefined = root;
    for (const segment of segmentsOf(path)) {
      const literal: Node | undefined = node.literals.get(segment);
      if (literal) node = literal;
      else if (node.parameter && segment !== '') {
        parameters[node.parameter.name as keyof typeof parameters] = segment;
        node = node.parameter.node;
      } else return undefined;
    }
    return node.routes.size === 0 ? undefined : { routes: node.routes, ...parameters };
  };
}

const segmentsOf = (path: string): readonly string[] => (path === '' ? [] : path.split('/'));

const newNode = (): Node => ({ literals: new Map(), parameter: undefined, routes: new Map() });

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith(':')) {
    node.parameter ??= { name: segment.slice(1), node: newNode() };
    return node.parameter.node;
  }
  let child = node.literals.get(segment);
  if (!child) node.literals.set(segment, (child = newNode()));
  return child;
}
