import type { RequestHandler } from 'express';

import { fhirError } from '../fhir/fhir-error.js';

/** After all routes: the path is none of ours. */
export const nothingHere: RequestHandler = () => {
  throw fhirError('not-found', 'not-found', 'There is nothing at this path');
};
