import { listOf, memberOf, textAt } from '../../identity/loose-json.js';
import type { FieldExplanation } from '../../scorer.js';
import { extensionUrls } from './names.js';
import { reviewFields, reviewLevels, type ReviewField, type ReviewLevel } from './review-codes.js';
import { coded, codingOf } from './review-coding.js';

/** How one field of two records compares, without a value of either. */
export interface FieldReason {
  readonly field: ReviewField;
  readonly level: ReviewLevel;
  /** Bits, to a tenth: nobody weighs less, and less would make new versions of a Task. */
  readonly weight: number;
}

/** Of the fields that both records tell. */
export function fieldReasons(fields: readonly FieldExplanation[]): FieldReason[] {
  return fields.flatMap(({ field, level, agreement, weight }) => {
    const code = level.replaceAll(',', '').replaceAll(' ', '-');
    if (agreement === 'absent' || !isField(field) || !isLevel(code)) return [];
    return [{ field, level: code, weight: tenths(weight) }];
  });
}

/** As an input of a Task. */
export const reasonInput = ({ field, level, weight }: FieldReason): object => ({
  extension: [{ url: extensionUrls.weight, valueDecimal: weight }],
  type: coded(field, reviewFields[field]),
  valueCodeableConcept: coded(level, reviewLevels[level]),
});

/** Out of the inputs of a stored Task, each field once; what is not as the index writes it says nothing. */
export function reasonsFrom(inputs: unknown): FieldReason[] {
  const reasons = new Map<ReviewField, FieldReason>();
  for (const input of listOf(inputs)) {
    const { code: field } = codingOf(memberOf(input, 'type'));
    const { code: level } = codingOf(memberOf(input, 'valueCodeableConcept'));
    const extension = listOf(memberOf(input, 'extension')).find(
      (candidate) => textAt(candidate, 'url') === extensionUrls.weight,
    );
    const weight = memberOf(extension, 'valueDecimal');
    if (!isField(field) || !isLevel(level) || typeof weight !== 'number') continue;
    if (!reasons.has(field)) reasons.set(field, { field, level, weight: tenths(weight) });
  }
  return [...reasons.values()];
}

const isField = (name: string): name is ReviewField => Object.hasOwn(reviewFields, name);
const isLevel = (name: string): name is ReviewLevel => Object.hasOwn(reviewLevels, name);

/** Never -0, which JSON does not tell from 0. */
const tenths = (bits: number): number => Number(bits.toFixed(1)) + 0;
