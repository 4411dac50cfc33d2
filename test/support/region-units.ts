import type { LoadUnit } from '../../src/cli/load/load-unit.js';
import type { RegionBundle } from '../../scripts/region/generate-region.js';

export type RegionUnit = LoadUnit & Pick<RegionBundle, 'adds'>;

/** Transactions of a generated region, to be loaded. */
export function* unitsOf(bundles: Iterable<RegionBundle>): Generator<RegionUnit> {
  let number = 0;
  for (const { text, adds } of bundles) {
    number += 1;
    yield { name: `bundle ${number}`, kind: 'transaction', text, adds };
  }
}

export function* whileTrue<T>(items: Iterable<T>, wanted: () => boolean): Generator<T> {
  for (const item of items) {
    if (!wanted()) return;
    yield item;
  }
}
