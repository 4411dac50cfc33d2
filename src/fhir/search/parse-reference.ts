import { unescapeValue } from './parse-escapes.js';
import { referenceTarget } from './reference-target.js';
import type { EntryTest } from './search-expression.js';
import { resourceTypes } from './search-parameters.js';

export interface ReferenceContext {
  /** FHIR base of this node, without a slash at its end. */
  readonly base: string;
  /** Types that an id alone may belong to; empty when any. */
  readonly targets: readonly string[];
  /** The modifier `:Patient`: the one type that is asked for. */
  readonly type?: string;
}

/**
 * The references that a value stands for (http://hl7.org/fhir/R4/search.html#reference): `Type/id`, an id alone, which
 * is tried with each type that the parameter may point to, or an absolute URL, which is a relative one where it is this
 * node's own. Versions of resources are cut off, as they are in the index; the `|version` of a canonical stays.
 * Undefined when the value is none of these.
 */
export function referenceTests(raw: string, context: ReferenceContext): EntryTest[] | undefined {
  const text = unescapeValue(raw);
  if (/^[A-Za-z0-9.-]{1,64}$/.test(text)) {
    return typesOf(context).map((type) => ({ kind: 'reference', target: `${type}/${text}` }));
  }
  const own = `${context.base}/`;
  const relative = text.startsWith(own) ? text.slice(own.length) : text;
  const bar = relative.indexOf('|');
  const { target, targetType } = referenceTarget(bar === -1 ? relative : relative.slice(0, bar));
  if (target === '' || bar === relative.length - 1) return undefined;
  if (context.type !== undefined && targetType !== '' && targetType !== context.type) return undefined;
  return [{ kind: 'reference', target: bar === -1 ? target : target + relative.slice(bar) }];
}

function typesOf({ targets, type }: ReferenceContext): readonly string[] {
  if (type !== undefined) return [type];
  return targets.length > 0 ? targets : [...resourceTypes];
}
