import type { RecordService } from '../../domain/records/index.js';
import { preconditionsOf } from '../preconditions.js';
import { criteriaOf } from '../result-parameters.js';
import type { Route } from '../route.js';
import { writeAnswer } from '../write-answer.js';

/** http://hl7.org/fhir/R4/http.html#cond-update */
export const conditionalUpdate =
  (records: Pick<RecordService, 'updateByCriteria'>): Route['handler'] =>
  async (call) => {
    const { context, type, query, text, headers } = call;
    return writeAnswer(
      call,
      await records.updateByCriteria(context, {
        type,
        criteria: criteriaOf(query),
        text,
        ...preconditionsOf(headers),
      }),
    );
  };
