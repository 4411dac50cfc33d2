import type { RecordService } from '../../domain/records/index.js';
import { preconditionsOf } from '../preconditions.js';
import type { Route } from '../route.js';
import { writeAnswer } from '../write-answer.js';

/** http://hl7.org/fhir/R4/http.html#update */
export const update =
  (records: Pick<RecordService, 'update'>): Route['handler'] =>
  async (call) => {
    const { context, type, id, text, headers } = call;
    return writeAnswer(
      call,
      await records.update(context, { key: { type, id }, text, ...preconditionsOf(headers) }),
    );
  };
