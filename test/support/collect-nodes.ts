import type { ValueSink } from '../../src/fhir/search/accessor.js';
import { accessorsOf } from '../../src/fhir/search/index-resource.js';
import { refersToType } from '../../src/fhir/search/reference-target.js';

/** A value that an accessor handed over, and by which call. */
export interface CollectedNode {
  readonly call: string;
  readonly value: unknown;
  /** Only in composites: place of the element and number of the component, `0$1`. */
  readonly part?: string;
}

/** What the compiled accessors find in a resource, by code of the search parameter. */
export function collectNodes(type: string, resource: Record<string, unknown>): Map<string, CollectedNode[]> {
  const collected = new Map<string, CollectedNode[]>();
  for (const { code, run } of accessorsOf(type)) {
    const nodes: CollectedNode[] = [];
    run(resource, collector(nodes));
    collected.set(code, nodes);
  }
  return collected;
}

function collector(nodes: CollectedNode[]): ValueSink {
  let place: number | undefined;
  let part: string | undefined;
  const structure: Partial<ValueSink> = {
    refersTo: refersToType,
    open: (ordinal) => {
      place = ordinal;
    },
    part: (code) => {
      part = `${String(place)}${code.slice(code.indexOf('$'))}`;
      return true;
    },
    close: () => {
      part = undefined;
    },
  };
  return new Proxy(structure, {
    get: (known, call: keyof ValueSink) =>
      known[call] ??
      ((value: unknown) => {
        nodes.push({ call, value, ...(part === undefined ? {} : { part }) });
      }),
  }) as ValueSink;
}
