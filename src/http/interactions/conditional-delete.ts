import type { RecordService } from '../../domain/records/index.js';
import { preconditionsOf } from '../preconditions.js';
import { criteriaOf } from '../result-parameters.js';
import type { Route } from '../route.js';
import { writeAnswer } from '../write-answer.js';

/** http://hl7.org/fhir/R4/http.html#3.1.0.7.1 */
export const conditionalDelete =
  (records: Pick<RecordService, 'deleteByCriteria'>): Route['handler'] =>
  async (call) =>
    writeAnswer(
      call,
      await records.deleteByCriteria(call.context, {
        type: call.type,
        criteria: criteriaOf(call.query),
        ...preconditionsOf(call.headers),
      }),
    );
