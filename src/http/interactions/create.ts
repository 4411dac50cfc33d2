import type { RecordService } from '../../domain/records/index.js';
import type { Route } from '../route.js';
import { writeAnswer } from '../write-answer.js';

/** http://hl7.org/fhir/R4/http.html#create, conditional by If-None-Exist */
export const create =
  (records: Pick<RecordService, 'create'>): Route['handler'] =>
  async (call) => {
    const { context, type, text, headers } = call;
    const ifNoneExist = headers['if-none-exist'];
    const answer = await records.create(context, {
      type,
      text,
      ...(ifNoneExist === undefined ? {} : { ifNoneExist: String(ifNoneExist) }),
    });
    return writeAnswer(call, answer);
  };
