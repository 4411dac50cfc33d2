import { resourceTypes } from '../fhir/search/search-parameters.js';
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

/**
 * A tree of segments made from the route table. A literal segment goes before a parameter; where it leads to no route,
 * the parameter is tried, so that `/Patient/$match` and `/:type/:id` live side by side.
 */
export function createMatchRoute(table: readonly Route[]): MatchRoute {
  const root = newNode();
  for (const route of table) {
    let node = root;
    for (const segment of segmentsOf(route.path.slice(1))) node = childOf(node, segment);
    node.routes.set(route.method, route);
  }
  return (path) => {
    const segments = segmentsOf(path);
    const found = find(root, segments, 0);
    if (!found) return undefined;
    const { type = '', id = '', versionId = '' } = found.parameters;
    // A route of one type names it in its own path.
    return { routes: found.node.routes, type: type === '' ? typeIn(segments) : type, id, versionId };
  };
}

interface Found {
  readonly node: Node;
  readonly parameters: Readonly<Record<string, string>>;
}

function find(node: Node, segments: readonly string[], place: number): Found | undefined {
  const segment = segments[place];
  if (segment === undefined) return node.routes.size === 0 ? undefined : { node, parameters: {} };
  const literal = node.literals.get(segment);
  const found = literal && find(literal, segments, place + 1);
  if (found) return found;
  if (!node.parameter || segment === '') return undefined;
  const below = find(node.parameter.node, segments, place + 1);
  return below && { ...below, parameters: { ...below.parameters, [node.parameter.name]: segment } };
}

const typeIn = ([first = '']: readonly string[]): string => (resourceTypes.has(first) ? first : '');

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
