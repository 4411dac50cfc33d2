import type { RecordService } from '../../domain/records/index.js';
import { preconditionsOf } from '../preconditions.js';
import type { Route } from '../route.js';
import { writeAnswer } from '../write-answer.js';

/** http://hl7.org/fhir/R4/http.html#delete */
export const deleteInstance =
  (records: Pick<RecordService, 'delete'>): Route['handler'] =>
  async (call) => {
    const { context, type, id, headers } = call;
    return writeAnswer(
      call,
      await records.delete(context, { key: { type, id }, ...preconditionsOf(headers) }),
    );
  };
