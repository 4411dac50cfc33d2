import type { ResourceKey } from '../key.js';
import { splitUnescaped } from './parse-escapes.js';
import { referenceTests } from './parse-reference.js';
import type { EntryTest } from './search-expression.js';
import type { QueryPairs } from './search-request.js';

/*
 * The modifier `:mdm` of a reference, a habit of other servers: whatever refers to any record of the person whose record
 * is named. Who that is, is looked up before the search is read.
 */

export const personModifier = 'mdm';

/** Whom a value names: `Patient/id`, the id of a Patient alone, `Person/id`, or a URL of this node for one of them. */
export function personTarget(raw: string, base: string): ResourceKey | undefined {
  const [test] = referenceTests(raw, { base, targets: ['Patient'] }) ?? [];
  const [, type, id] =
    test?.kind === 'reference' ? (/^(Patient|Person)\/([^/]+)$/.exec(test.target) ?? []) : [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

/** All whom a query asks for, each once; what can't be read is told when the query is. */
export function personTargets(pairs: QueryPairs, base: string): readonly ResourceKey[] {
  const found = new Map<string, ResourceKey>();
  for (const [name, value] of pairs) {
    if (!name.endsWith(`:${personModifier}`)) continue;
    for (const raw of splitUnescaped(value, ',')) {
      const target = personTarget(raw, base);
      if (target) found.set(`${target.type}/${target.id}`, target);
    }
  }
  return [...found.values()];
}

export interface PersonContext {
  readonly base: string;
  /** `Type/id` → `Patient/id` of all records of that person. */
  readonly persons: ReadonlyMap<string, readonly string[]>;
}

/** Undefined where the value names nobody. */
export function personTests(raw: string, { base, persons }: PersonContext): readonly EntryTest[] | undefined {
  const target = personTarget(raw, base);
  if (!target) return undefined;
  const references = persons.get(`${target.type}/${target.id}`) ?? [];
  return references.map((reference) => ({ kind: 'reference', target: reference }));
}
