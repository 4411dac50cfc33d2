import { requireScope } from '../../auth/require-scope.js';
import type { PairExplanation, Steward } from '../../domain/mpi/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { noHeaders, type Answer } from '../call.js';
import { referencedId } from '../operation-input.js';
import type { Route } from '../route.js';

/**
 * Why two Patients are, or are not, one person: `GET /fhir/Patient/[id]/$explain?with=Patient/x` and
 * `GET /fhir/Person/$explain?first=Patient/x&second=Patient/y`. Answers Parameters, field by field.
 */
export const explainRoutes = (steward: Pick<Steward, 'explain'>): readonly Route[] => [
  {
    method: 'GET',
    path: '/Patient/:id/$explain',
    interaction: 'operation',
    permission: 'r',
    body: 'none',
    handler: async ({ id, context, query }) => {
      const other = patientIn(query, { name: 'with', base: context.base });
      return answerOf(id, other, await explain(steward, id, other));
    },
  },
  {
    method: 'GET',
    path: '/Person/$explain',
    interaction: 'operation',
    permission: 'r',
    body: 'none',
    handler: async ({ context, query }) => {
      requireScope(context.principal, 'Patient', 'r');
      const { base } = context;
      const [first, second] = [
        patientIn(query, { name: 'first', base }),
        patientIn(query, { name: 'second', base }),
      ];
      return answerOf(first, second, await explain(steward, first, second));
    },
  },
];

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

function explain(steward: Pick<Steward, 'explain'>, first: string, second: string): Promise<PairExplanation> {
  if (first !== second) return steward.explain(first, second);
  throw fhirError('malformed', 'value', 'A Patient is explained with another one');
}

type Parameter = Readonly<Record<string, unknown>> & { readonly name: string };

function answerOf(first: string, second: string, explanation: PairExplanation): Answer {
  const { model, priorWeight, fields, relativesWeight, weight, posterior } = explanation;
  const { persons, decided, replaced } = explanation;
  const parameter: Parameter[] = [
    { name: 'first', valueReference: { reference: `Patient/${first}` } },
    { name: 'second', valueReference: { reference: `Patient/${second}` } },
    ...persons.flatMap((person, place) =>
      person === undefined
        ? []
        : [
            {
              name: place === 0 ? 'firstPerson' : 'secondPerson',
              valueReference: { reference: `Person/${person}` },
            },
          ],
    ),
    { name: 'model', valueString: model },
    { name: 'priorWeight', valueDecimal: round(priorWeight, 4) },
    ...fields.map((field): Parameter => fieldParameter(field)),
    { name: 'relativesWeight', valueDecimal: round(relativesWeight, 4) },
    { name: 'weight', valueDecimal: round(weight, 4) },
    { name: 'posterior', valueDecimal: round(posterior, 6) },
    ...(replaced ? [{ name: 'replaced', valueBoolean: true }] : []),
    ...(decided
      ? [
          {
            name: 'decided',
            part: [
              { name: 'decision', valueReference: { reference: `Linkage/${decided.id}` } },
              { name: 'kind', valueCode: decided.kind },
              { name: 'at', valueInstant: decided.at },
            ],
          },
        ]
      : []),
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return { status: 200, body, headers: noHeaders };
}

function fieldParameter(field: PairExplanation['fields'][number]): Parameter {
  const { first, second } = field;
  return {
    name: 'field',
    part: [
      { name: 'name', valueCode: field.field },
      ...(first === '' ? [] : [{ name: 'first', valueString: first }]),
      ...(second === '' ? [] : [{ name: 'second', valueString: second }]),
      { name: 'level', valueString: field.level },
      { name: 'agreement', valueCode: field.agreement },
      { name: 'm', valueDecimal: round(field.m, 8) },
      { name: 'u', valueDecimal: round(field.u, 10) },
      { name: 'weight', valueDecimal: round(field.weight, 4) },
    ],
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
