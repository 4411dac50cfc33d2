import type { Bundle } from 'fhir/r4.js';

import type { LoadUnit } from '../../src/cli/load/load-unit.js';
import type { UnitResult } from '../../src/cli/load/load-unit-answer.js';
import { addCounts } from './scenario.js';

/** Counts, from the content that was accepted, the resources a type that must be there in the end. */
export interface Tally {
  add(unit: LoadUnit, result: UnitResult): void;
  sums(): ReadonlyMap<string, number>;
}

export function createTally(): Tally {
  const whole = new Map<string, number>();
  /** Units of which a part was refused, with their last answer: what was accepted counts. */
  const partly = new Map<string, UnitResult>();
  /** Conditional creates and updates, which make a resource once however often they come. */
  const seen = new Set<string>();

  function countContent(text: string): void {
    for (const { request, resource } of (JSON.parse(text) as Bundle).entry ?? []) {
      if (!request || !resource) continue;
      const { method, url, ifNoneExist } = request;
      const { resourceType: type } = resource;
      if (method !== 'POST' && method !== 'PUT') continue;
      const once = method === 'PUT' ? url : ifNoneExist && `${type}?${ifNoneExist}`;
      if (once !== undefined && once !== '') {
        if (seen.has(once)) continue;
        seen.add(once);
      }
      addCounts(whole, [[type, 1]]);
    }
  }

  return {
    add(unit, result) {
      if (result.refused.length > 0) {
        partly.set(unit.name, result);
        return;
      }
      partly.delete(unit.name);
      countContent(unit.text);
    },
    sums() {
      const sums = new Map(whole);
      for (const { accepted } of partly.values()) addCounts(sums, accepted);
      return sums;
    },
  };
}
