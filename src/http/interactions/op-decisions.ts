import type { Steward } from '../../domain/mpi/index.js';
import { parseHistoryPage, parseQuery } from '../../domain/records/index.js';
import { requireScope } from '../../auth/require-scope.js';
import { historyPageText } from '../bundle-text.js';
import { noHeaders } from '../call.js';
import type { Route } from '../route.js';

export interface DecisionsDeps {
  readonly steward: Pick<Steward, 'decisions'>;
  readonly counts: { readonly defaultCount: number; readonly maxCount: number };
}

/**
 * `GET /fhir/Person/[id]/$decisions`: how the Person came to be what it is, a Bundle of type history with its versions
 * and those of the Linkages about its Patients, the newest first; `_count` and `_since` as of a history.
 */
export const decisionsRoute = ({ steward, counts }: DecisionsDeps): Route => ({
  method: 'GET',
  path: '/Person/:id/$decisions',
  interaction: 'operation',
  permission: 'r',
  body: 'none',
  handler: async ({ context, id, query }) => {
    requireScope(context.principal, 'Linkage', 'r');
    const { base, handling } = context;
    const pairs = parseQuery(query);
    const result = await steward.decisions(id, parseHistoryPage(pairs, { handling, ...counts }));
    const body = historyPageText({ base, path: `/Person/${id}/$decisions`, pairs, result });
    return { status: 200, body, headers: noHeaders };
  },
});
