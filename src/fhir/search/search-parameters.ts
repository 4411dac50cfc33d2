import { parameterDefinitions, parametersByType } from './generated/search-parameter-table.js';
import type { SearchParameter } from './search-parameter.js';

/** The 146 resource types of R4 (4.0.1), nothing abstract. */
export const resourceTypes: ReadonlySet<string> = new Set(Object.keys(parametersByType));

const none: ReadonlyMap<string, SearchParameter> = new Map();
const byType = new Map<string, ReadonlyMap<string, SearchParameter>>();

/**
 * The standard search parameters of a resource type by code, those of Resource and DomainResource included; empty for
 * a type that R4 doesn't know. Parameters that aren't indexed (`near`, `phonetic`, `_text`, `_content`, `_query`) have
 * no kinds.
 */
export function searchParametersOf(type: string): ReadonlyMap<string, SearchParameter> {
  const known = byType.get(type);
  if (known !== undefined) return known;
  if (!resourceTypes.has(type)) return none;
  const made = new Map<string, SearchParameter>();
  for (const number of parametersByType[type] ?? []) {
    const parameter = parameterDefinitions[number];
    if (parameter !== undefined) made.set(parameter.code, parameter);
  }
  byType.set(type, made);
  return made;
}
