import type { ParameterAccessor } from './accessor.js';
import { accessorsByType } from './generated/accessors.js';
import { IndexBuilder } from './index-builder.js';
import type { IndexEntry } from './index-entry.js';

const none: readonly ParameterAccessor[] = [];
const byType: ReadonlyMap<string, readonly ParameterAccessor[]> = new Map(Object.entries(accessorsByType));

/**
 * The compiled accessors of a resource type, one a search parameter that is indexed; empty for a type that R4 doesn't
 * know.
 */
export function accessorsOf(type: string): readonly ParameterAccessor[] {
  return byType.get(type) ?? none;
}

const builder = new IndexBuilder();

/**
 * Everything that a resource can be found by, without `_id` and `_lastUpdated`, which are the store's own columns.
 * Equal entries appear once. Values of the wrong JSON type or without meaning are passed over; it never throws.
 */
export function indexResource(type: string, value: Readonly<Record<string, unknown>>): IndexEntry[] {
  for (const { code, run } of accessorsOf(type)) {
    builder.begin(code);
    run(value, builder);
    builder.end();
  }
  return builder.take();
}
