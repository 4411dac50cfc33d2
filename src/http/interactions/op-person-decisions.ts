import type { Steward, StewardAnswer } from '../../domain/mpi/index.js';
import type { Call } from '../call.js';
import { readOperation, type OperationInput } from '../operation-input.js';
import { preconditionsOf } from '../preconditions.js';
import type { Route } from '../route.js';
import { stewardAnswer } from '../steward-answer.js';

/**
 * What a steward decides of Persons: `POST /fhir/Person/[id]/$merge` (Parameters: `into`, a Reference(Person), `reason`),
 * `$unmerge` (`reason`), `$link` and `$unlink` (`patient`, a Reference(Patient), `reason`). If-Match names the version
 * of the Person in the path. Answers Parameters: `decision`, a Reference(Linkage), and `person`.
 */
export const personDecisionRoutes = (
  steward: Pick<Steward, 'merge' | 'unmerge' | 'link' | 'unlink'>,
): readonly Route[] => [
  routeOf('$merge', ['into', 'reason'], ({ context, ...call }, input) =>
    steward.merge(context, { ...requestOf(call, input), into: input.reference('into', 'Person') }),
  ),
  routeOf('$unmerge', ['reason'], ({ context, ...call }, input) =>
    steward.unmerge(context, requestOf(call, input)),
  ),
  routeOf('$link', ['patient', 'reason'], ({ context, ...call }, input) =>
    steward.link(context, { ...requestOf(call, input), patient: input.reference('patient', 'Patient') }),
  ),
  routeOf('$unlink', ['patient', 'reason'], ({ context, ...call }, input) =>
    steward.unlink(context, { ...requestOf(call, input), patient: input.reference('patient', 'Patient') }),
  ),
];

function routeOf(
  operation: string,
  parameters: readonly string[],
  decide: (call: Call, input: OperationInput) => Promise<StewardAnswer>,
): Route {
  return {
    method: 'POST',
    path: `/Person/:id/${operation}`,
    interaction: 'operation',
    permission: 'u',
    body: 'json',
    bodyLimitBytes: 65_536,
    once: true,
    handler: async (call) => stewardAnswer(call, await decide(call, readOperation(call, parameters))),
  };
}

function requestOf({ id, headers }: Pick<Call, 'id' | 'headers'>, input: OperationInput) {
  const { ifMatch } = preconditionsOf(headers);
  const reason = input.text('reason');
  return {
    person: id,
    ...(reason === undefined ? {} : { reason }),
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
}
