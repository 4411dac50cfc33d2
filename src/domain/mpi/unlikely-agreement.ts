import { type Schema } from './features.js';
import { type FieldExplanation } from './scorer.js';

/** Whether a pair agrees as the schema says that hardly any pair of one person does, whatever its weight. */
export function isUnlikely({ unlikely = [] }: Schema, fields: readonly FieldExplanation[]): boolean {
  const agreements = new Map(fields.map(({ field, agreement }) => [field, agreement]));
  return unlikely.some((combination) =>
    Object.entries(combination).every(([field, agreement]) => agreements.get(field) === agreement),
  );
}
