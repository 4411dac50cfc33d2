import type { ResourceKey } from '../fhir/key.js';
import type { PreparedRecord, PrepareResult, Stamp } from '../ports/ingest.js';
import { validateResource } from '../validation/validate-resource.js';
import { indexOf, routingOf, sha256 } from './resource-rows.js';

export interface Stamped {
  readonly key: ResourceKey;
  readonly stamp: Stamp;
  /** With the stamp in it. */
  readonly body: string;
  /** This server's own. */
  readonly base: string;
}

export type Made =
  | { readonly outcome: 'made'; readonly record: PreparedRecord }
  | Extract<PrepareResult, { outcome: 'invalid' }>;

/** Bodies that go through the stages together: at most so many, and no further one beyond so many characters. */
const mostTogether = 64;
const mostCharacters = 262_144;

/**
 * Validates stamped bodies and makes their rows, in their order; `references` are left to the caller. Some go through each stage together: the processor runs
 * one stage for many bodies in a fifth less time than all stages for one body after the other.
 */
export function makeRecords(stamped: readonly Stamped[]): Made[] {
  const made: Made[] = [];
  let from = 0;
  let characters = 0;
  for (let next = 0; next < stamped.length; next += 1) {
    characters += stamped[next]?.body.length ?? 0;
    if (next + 1 < stamped.length && next + 1 - from < mostTogether && characters < mostCharacters) continue;
    made.push(...makeTogether(stamped.slice(from, next + 1)));
    from = next + 1;
    characters = 0;
  }
  return made;
}

const none: readonly ResourceKey[] = [];

function makeTogether(stamped: readonly Stamped[]): Made[] {
  const values = stamped.map(({ body }): unknown => JSON.parse(body));
  const checked = stamped.map(({ key, body }, place) => validateResource(key.type, values[place], body));
  const indexes = stamped.map(({ key, base }, place) => {
    const one = checked[place];
    return one?.ok === true ? indexOf(key.type, one.resource.value, base) : undefined;
  });
  const hashes = stamped.map(({ body }) => sha256(body));
  return stamped.map(({ key, stamp, body }, place): Made => {
    const [one, index, hash] = [checked[place], indexes[place], hashes[place]];
    if (one?.ok === false) return { outcome: 'invalid', category: one.category, issues: one.issues };
    if (one === undefined || index === undefined || hash === undefined)
      throw new Error('a stage was left out');
    const routing = routingOf(one.resource.value);
    return { outcome: 'made', record: { key, stamp, body, hash, index, routing, references: none } };
  });
}
