import { FhirError } from '../../../fhir/fhir-error.js';

/** Runs a step of one entry; its refusal says which entry it was. */
export async function atEntry<T>(index: number, step: () => T | Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw error instanceof FhirError ? placed(error, index) : error;
  }
}

function placed(error: FhirError, index: number): FhirError {
  const entry = `Bundle.entry[${String(index)}]`;
  const issues = error.issues.map((issue) => ({
    ...issue,
    expression: issue.expression === undefined ? entry : `${entry}.resource${afterType(issue.expression)}`,
  }));
  const { retryAfterSeconds } = error;
  return new FhirError(error.category, issues, {
    cause: error,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** `.contact[1].gender` of `Patient.contact[1].gender`. */
function afterType(expression: string): string {
  const dot = expression.indexOf('.');
  return dot < 0 ? '' : expression.slice(dot);
}
