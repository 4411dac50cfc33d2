import { fhirError } from '../../fhir/fhir-error.js';
import type { WriteRule } from '../records/index.js';
import { isReviewTask } from './registry/records/review-task.js';

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

/** A Task of the steward's queue is answered by $decide: changed by hand it would no longer say what the index found. */
export const reviewTaskRule: WriteRule = ({ key, current, next }) => {
  if (key.type !== 'Task') return undefined;
  const bodies = [next ?? '', current?.deleted === false ? current.body : ''];
  return bodies.some((body) => body !== '' && isReviewTask(body))
    ? fhirError(
        'conflict',
        'conflict',
        'A Task of the identity queue is kept by the person index alone: answer it by Task/[id]/$decide',
      )
    : undefined;
};
