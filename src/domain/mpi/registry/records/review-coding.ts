import { listOf, memberOf, textAt } from '../../identity/loose-json.js';
import { reviewSystem } from './names.js';

/** A CodeableConcept of the CodeSystem of the queue. */
export const coded = (code: string, display: string): object => ({
  coding: [{ system: reviewSystem, code, display }],
});

/** The first coding of a CodeableConcept; '' for what it does not tell. */
export function codingOf(concept: unknown): { readonly system: string; readonly code: string } {
  const coding = listOf(memberOf(concept, 'coding'))[0];
  return { system: textAt(coding, 'system'), code: textAt(coding, 'code') };
}
