import { structureChecks } from './generated/structure.js';
import type { StructureFault } from './structure-faults.js';
import type { JsonObject, Walk } from './walk.js';

/** Segments of a JSON pointer that the generated code made: property names of the specification and indexes. */
function segments(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

const articles: Readonly<Record<string, string>> = {
  array: 'an array',
  object: 'an object',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
};

function addFault(walk: Walk, fault: StructureFault): void {
  const place = [...walk.path, ...segments(fault.place)];
  if (fault.unknown === undefined) walk.faults.add('wrongType', place, articles[fault.expected ?? ''] ?? '');
  else walk.faults.add('unknownElement', [...place, fault.unknown]);
}

/** Stage one for one resource: unknown properties, wrong JSON types. Resources within it are checked by themselves. */
export function checkStructure(walk: Walk, type: string, resource: JsonObject): void {
  for (const fault of structureChecks.get(type)?.(resource) ?? []) addFault(walk, fault);
}
