import { requireScope } from '../../auth/require-scope.js';
import { reviewChoices, type ReviewChoice, type Steward } from '../../domain/mpi/index.js';
import { readOperation } from '../operation-input.js';
import { preconditionsOf } from '../preconditions.js';
import type { Route } from '../route.js';
import { stewardAnswer } from '../steward-answer.js';

/**
 * `POST /fhir/Task/[id]/$decide` (Parameters: `choice`, a code of the CodeSystem identity-review, and `note`): answers a
 * Task of the steward's queue. If-Match names the version of the Task. Answers Parameters: `decision`, a
 * Reference(Linkage) where one was written, and `task`.
 */
export const decideRoute = (steward: Pick<Steward, 'decide'>): Route => ({
  method: 'POST',
  path: '/Task/:id/$decide',
  interaction: 'operation',
  permission: 'u',
  body: 'json',
  bodyLimitBytes: 65_536,
  once: true,
  handler: async (call) => {
    const { context, id, headers } = call;
    // It may change Persons.
    requireScope(context.principal, 'Person', 'u');
    const input = readOperation(call, ['choice', 'note']);
    const { ifMatch } = preconditionsOf(headers);
    const note = input.text('note');
    const answer = await steward.decide(context, {
      task: id,
      choice: input.code('choice', Object.keys(reviewChoices)) as ReviewChoice,
      ...(note === undefined ? {} : { note }),
      ...(ifMatch === undefined ? {} : { ifMatch }),
    });
    return stewardAnswer(call, answer);
  },
});
