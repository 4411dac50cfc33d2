import { FhirError } from '../../fhir/fhir-error.js';

/** Undefined where the answer is that there is no such thing. */
export async function orNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof FhirError && error.category === 'not-found') return undefined;
    throw error;
  }
}
