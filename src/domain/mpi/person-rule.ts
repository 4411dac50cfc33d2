import { fhirError } from '../../fhir/fhir-error.js';
import type { WriteRule } from '../records/index.js';

/** A Person is what the index makes of the Patients and of what stewards decided; no client writes it by hand. */
export const personRule: WriteRule = ({ key }) =>
  key.type === 'Person'
    ? fhirError(
        'conflict',
        'conflict',
        'A Person is kept by the person index alone: send Patients, and correct who is who by Person/$merge, $unmerge, ' +
          '$link and $unlink',
      )
    : undefined;
