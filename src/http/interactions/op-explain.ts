import { coversScope, requireScope } from '../../auth/require-scope.js';
import type { ExplainedPair, Steward } from '../../domain/mpi/index.js';
import type { WriteContext } from '../../domain/records/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { explainAnswer } from '../explain-answer.js';
import { referencedId } from '../operation-input.js';
import type { Route } from '../route.js';

type Explaining = Pick<Steward, 'explain' | 'explainTask'>;

/**
 * Why two Patients are, or are not, one person, field by field, and what each choice that a steward has would do now:
 * `GET /fhir/Patient/[id]/$explain?with=Patient/x`, `GET /fhir/Person/$explain?first=Patient/x&second=Patient/y` and, of
 * what a Task of the queue asks about, `GET /fhir/Task/[id]/$explain`. Answers Parameters; the choices only to whoever may
 * read Tasks and Persons, which they tell of.
 */
export const explainRoutes = (steward: Explaining): readonly Route[] => [
  {
    ...common,
    path: '/Patient/:id/$explain',
    handler: async ({ id, context, query }) => {
      const other = patientIn(query, { name: 'with', base: context.base });
      return explainAnswer(await explain(steward, context, [id, other]));
    },
  },
  {
    ...common,
    path: '/Person/$explain',
    handler: async ({ context, query }) => {
      requireScope(context.principal, 'Patient', 'r');
      const { base } = context;
      const [first, second] = [
        patientIn(query, { name: 'first', base }),
        patientIn(query, { name: 'second', base }),
      ];
      return explainAnswer(await explain(steward, context, [first, second]));
    },
  },
  {
    ...common,
    path: '/Task/:id/$explain',
    handler: async ({ id, context }) => {
      requireScope(context.principal, 'Patient', 'r');
      requireScope(context.principal, 'Person', 'r');
      return explainAnswer(await steward.explainTask(context, id));
    },
  },
];

const common = {
  method: 'GET',
  interaction: 'operation',
  definition: 'https://regional-hie.org/fhir/OperationDefinition/explain',
  permission: 'r',
  body: 'none',
} as const;

function patientIn(query: string, { name, base }: { readonly name: string; readonly base: string }): string {
  const value = new URLSearchParams(query).get(name) ?? '';
  const id = referencedId(value.includes('/') ? value : `Patient/${value}`, { type: 'Patient', base });
  if (id !== undefined) return id;
  throw fhirError(
    'malformed',
    value === '' ? 'required' : 'value',
    `${name} must name a Patient: ${name}=Patient/…`,
  );
}

function explain(
  steward: Explaining,
  context: WriteContext,
  pair: readonly [string, string],
): Promise<ExplainedPair> {
  const choices = ['Task', 'Person'].every((type) => coversScope(context.principal, type, 'r'));
  if (pair[0] !== pair[1]) return steward.explain(context, pair, { choices });
  throw fhirError('malformed', 'value', 'A Patient is explained with another one');
}
