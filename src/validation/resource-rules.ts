import { checkBundle } from './bundle-rules.js';
import { isObject, type JsonObject, type Walk } from './walk.js';

/** Contained resources have ids of their own and no versions, labels or further contained resources (dom-2, dom-4, dom-5). */
function checkContained(walk: Walk, contained: readonly unknown[]): void {
  const ids = new Set<unknown>();
  for (const [index, resource] of contained.entries()) {
    if (!isObject(resource)) continue;
    const place = [...walk.path, 'contained', index];
    const { id, meta } = resource;
    if (id === undefined) walk.faults.add('containedIdMissing', [...place, 'id']);
    else if (ids.has(id)) walk.faults.add('containedIdTwice', [...place, 'id']);
    ids.add(id);
    if (resource['contained'] !== undefined) walk.faults.add('nestedContained', [...place, 'contained']);
    if (!isObject(meta)) continue;
    if (meta['versionId'] !== undefined) walk.faults.add('containedVersion', [...place, 'meta', 'versionId']);
    if (meta['lastUpdated'] !== undefined)
      walk.faults.add('containedVersion', [...place, 'meta', 'lastUpdated']);
    if (meta['security'] !== undefined) walk.faults.add('containedSecurity', [...place, 'meta', 'security']);
  }
}

const fragmentLink = /["']#([A-Za-z0-9\-.]*)["']/g;

/** All strings of the form `#id` within a value, links of narratives included. */
function fragmentsIn(value: unknown): Set<string> {
  const found = new Set<string>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string') {
      if (next.startsWith('#')) found.add(next.slice(1));
      else if (next.startsWith('<')) for (const link of next.matchAll(fragmentLink)) found.add(link[1] ?? '');
    } else if (typeof next === 'object' && next !== null) {
      for (const part of Object.values(next) as unknown[]) open.push(part);
    }
  }
  return found;
}

/** Each contained resource is referred to from its container or another contained one, or refers to the container. */
function checkUse(walk: Walk, resource: JsonObject, contained: readonly unknown[]): void {
  const fragments = fragmentsIn(resource);
  for (const [index, one] of contained.entries()) {
    if (!isObject(one) || typeof one['id'] !== 'string' || fragments.has(one['id'])) continue;
    if (!fragmentsIn(one).has('')) walk.faults.add('containedUnused', [...walk.path, 'contained', index]);
  }
}

/** Rules for a resource as a whole, at the walk's place. */
export function checkResourceRules(walk: Walk, type: string, resource: JsonObject): void {
  const contained = resource['contained'];
  if (Array.isArray(contained)) {
    checkContained(walk, contained);
    checkUse(walk, resource, contained);
  }
  if (type === 'Bundle') checkBundle(walk, resource);
}
