import type { ExplainedPair, ToldChoice } from '../domain/mpi/index.js';
import { noHeaders, type Answer } from './call.js';

type Parameter = Readonly<Record<string, unknown>> & { readonly name: string };

/** Parameters of `$explain`: the two records, the sum of the weights, and the choices of their Task. */
export function explainAnswer(explained: ExplainedPair): Answer {
  const { model, priorWeight, fields, relativesWeight, weight, posterior } = explained;
  const { records, persons, decided, replaced, task, choices } = explained;
  const parameter: Parameter[] = [
    { name: 'first', valueReference: { reference: records[0] } },
    { name: 'second', valueReference: { reference: records[1] } },
    ...persons.flatMap((person, place) =>
      person === undefined
        ? []
        : [reference(place === 0 ? 'firstPerson' : 'secondPerson', `Person/${person}`)],
    ),
    { name: 'model', valueString: model },
    { name: 'priorWeight', valueDecimal: round(priorWeight, 4) },
    ...fields.map((field): Parameter => fieldParameter(field)),
    { name: 'relativesWeight', valueDecimal: round(relativesWeight, 4) },
    { name: 'weight', valueDecimal: round(weight, 4) },
    { name: 'posterior', valueDecimal: round(posterior, 6) },
    ...(replaced ? [{ name: 'replaced', valueBoolean: true }] : []),
    ...(decided ? [decidedParameter(decided)] : []),
    ...(task === undefined ? [] : [reference('task', `Task/${task}`)]),
    ...choices.map(choiceParameter),
  ];
  const body = JSON.stringify({ resourceType: 'Parameters', parameter });
  return { status: 200, body, headers: noHeaders };
}

const reference = (name: string, target: string): Parameter => ({
  name,
  valueReference: { reference: target },
});

function fieldParameter(field: ExplainedPair['fields'][number]): Parameter {
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

const decidedParameter = ({ id, kind, at }: NonNullable<ExplainedPair['decided']>): Parameter => ({
  name: 'decided',
  part: [
    reference('decision', `Linkage/${id}`),
    { name: 'kind', valueCode: kind },
    { name: 'at', valueInstant: at },
  ],
});

function choiceParameter({ choice, text, refused, deferred, status, persons }: ToldChoice): Parameter {
  return {
    name: 'choice',
    part: [
      { name: 'code', valueCode: choice },
      { name: 'text', valueString: text },
      ...(refused === undefined ? [] : [{ name: 'refused', valueString: refused }]),
      ...(deferred ? [{ name: 'deferred', valueBoolean: true }] : []),
      ...(status === undefined ? [] : [{ name: 'status', valueCode: status }]),
      ...(deferred ? [] : persons.map(personParameter)),
    ],
  };
}

/** A Person that would be made has no id yet. */
function personParameter({ id, after, mergedInto }: ToldChoice['persons'][number]): Parameter {
  const named = (name: string, person: string | undefined): Parameter =>
    person === undefined || person === ''
      ? { name, valueReference: { display: '新的 Person a new one' } }
      : reference(name, `Person/${person}`);
  return {
    name: 'person',
    part: [
      named('person', id),
      ...after.map((patient) => reference('patient', `Patient/${patient}`)),
      ...(mergedInto === undefined ? [] : [named('into', mergedInto)]),
    ],
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
