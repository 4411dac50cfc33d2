import { parseHistoryPage, parseQuery, type RecordService } from '../../domain/records/index.js';
import type { HistoryScope } from '../../ports/store.js';
import { historyText } from '../bundle-text.js';
import { noHeaders, type Call } from '../call.js';
import type { Route } from '../route.js';

export interface HistoryDeps {
  readonly records: Pick<RecordService, 'history'>;
  readonly counts: { readonly defaultCount: number; readonly maxCount: number };
}

/** http://hl7.org/fhir/R4/http.html#history, of the scope that the call names. */
const history =
  (scopeOf: (call: Call) => HistoryScope) =>
  ({ records, counts }: HistoryDeps): Route['handler'] =>
  async (call) => {
    const { base, handling } = call.context;
    const pairs = parseQuery(call.query);
    const scope = scopeOf(call);
    const result = await records.history(scope, parseHistoryPage(pairs, { handling, ...counts }));
    return { status: 200, body: historyText({ base, scope, pairs, result }), headers: noHeaders };
  };

export const historyInstance = history(({ type, id }) => ({ kind: 'instance', key: { type, id } }));
export const historyType = history(({ type }) => ({ kind: 'type', type }));
export const historySystem = history(() => ({ kind: 'system' }));
