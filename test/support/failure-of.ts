import { FhirError } from '../../src/fhir/fhir-error.js';

/** The FhirError that the work ends with, undefined where it succeeds; throws any other error. */
export async function failureOf(work: Promise<unknown>): Promise<FhirError | undefined> {
  return work.then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof FhirError) return error;
      throw error;
    },
  );
}
