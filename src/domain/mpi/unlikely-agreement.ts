import { type Schema } from './features.js';
import { type FieldExplanation } from './scorer.js';

/**
 * Whether a pair agrees as the schema says that hardly any pair of one person does, or on too little to be linked
 * without a steward, whatever its weight.
 */
export function isUnlikely({ unlikely = [], borneBy }: Schema, fields: readonly FieldExplanation[]): boolean {
  const agreements = new Map(fields.map(({ field, agreement }) => [field, agreement]));
  if (borneBy && !borneBy.some((field) => agreeing.has(agreements.get(field) ?? 'absent'))) return true;
  return unlikely.some((combination) =>
    Object.entries(combination).every(([field, agreement]) => agreements.get(field) === agreement),
  );
}

const agreeing: ReadonlySet<string> = new Set(['exact', 'near', 'far']);
