import { expect } from 'chai';

import { fhirRequest, type FhirAnswer, type Json } from './fhir-request.js';
import { idOf, personsAt } from './mpi-requests.js';
import type { TestNode } from './start-node.js';
import { askSteward, bodyAt } from './steward-requests.js';

/** What $explain tells of one choice. */
export interface Told {
  readonly text: string;
  readonly refused?: string;
  readonly deferred: boolean;
  readonly status?: string;
  readonly persons: readonly ToldPerson[];
}

export interface ToldPerson {
  /** Undefined: one that would be made. */
  readonly id: string | undefined;
  readonly patients: readonly string[];
  /** Id of the Person that it becomes part of, '' of one that would be made. */
  readonly into?: string;
}

/** What `Task/[id]/$explain` tells of each choice. */
export async function toldAt({ base }: Pick<TestNode, 'base'>, task: string): Promise<Map<string, Told>> {
  const answer = await fhirRequest(`${base}/Task/${task}/$explain`);
  expect(answer.status, answer.text).to.equal(200);
  return toldIn(answer);
}

export const toldIn = ({ json }: FhirAnswer): Map<string, Told> =>
  new Map(
    ((json['parameter'] ?? []) as Json[])
      .filter(({ name }) => name === 'choice')
      .map(({ part }) => toldFrom(part as Json[])),
  );

function toldFrom(parts: readonly Json[]): [string, Told] {
  const value = (name: string): Json | undefined => parts.find((part) => part['name'] === name);
  const refused = value('refused')?.['valueString'] as string | undefined;
  const status = value('status')?.['valueCode'] as string | undefined;
  return [
    String(value('code')?.['valueCode']),
    {
      text: String(value('text')?.['valueString']),
      ...(refused === undefined ? {} : { refused }),
      deferred: value('deferred')?.['valueBoolean'] === true,
      ...(status === undefined ? {} : { status }),
      persons: parts.filter(({ name }) => name === 'person').map(({ part }) => personFrom(part as Json[])),
    },
  ];
}

function personFrom(parts: readonly Json[]): ToldPerson {
  const idsOf = (name: string): (string | undefined)[] =>
    parts
      .filter((part) => part['name'] === name)
      .map((part) =>
        'reference' in (part['valueReference'] as Json) ? idOf(part, 'valueReference') : undefined,
      );
  const [into] = idsOf('into').map((id) => id ?? '');
  return {
    id: idsOf('person')[0],
    patients: idsOf('patient')
      .map((id) => id ?? '')
      .sort(),
    ...(into === undefined ? {} : { into }),
  };
}

/** Makes a choice of a Task and holds what becomes of it against what was told before. */
export async function expectAsTold(node: TestNode, task: string, choice: string): Promise<Told> {
  const before = await patientsByPerson(node);
  const told = (await toldAt(node, task)).get(choice);
  if (!told) throw new Error(`nothing is told of the choice ${choice}`);
  expect(await patientsByPerson(node), 'telling changes nothing').to.deep.equal(before);
  const answer = await askSteward(node, `Task/${task}/$decide`, { choice, note: '核对' });
  const after = await patientsByPerson(node);
  if (told.refused !== undefined) {
    expect([answer.status, after]).to.deep.equal([422, before]);
    return told;
  }
  expect(answer.status, answer.text).to.equal(200);
  expect((await bodyAt(node, `Task/${task}`))['status']).to.equal(told.status);
  const named = new Set([...Object.keys(before), ...told.persons.map(({ id }) => id)]);
  const spoken = Object.entries(after).map(([id, patients]) => [named.has(id) ? id : 'new', patients]);
  expect(spoken).to.have.deep.members(expected(before, told.persons));
  for (const { id, into } of told.persons) {
    if (id === undefined || into === undefined || into === '') continue;
    const [link] = (await bodyAt(node, `Person/${id}`))['link'] as Json[];
    expect(idOf(link ?? {}, 'target')).to.equal(into);
  }
  return told;
}

/** Active Persons with their Patients. */
export async function patientsByPerson(node: TestNode): Promise<Record<string, string[]>> {
  const persons = await personsAt(node);
  return Object.fromEntries(persons.map(({ id, patients }) => [id, [...patients].sort()]));
}

/** Persons as they must be then; those that were not told of stay. */
function expected(
  before: Readonly<Record<string, string[]>>,
  told: readonly ToldPerson[],
): [string, readonly string[]][] {
  const persons = new Map<string, readonly string[]>(Object.entries(before));
  for (const { id } of told) if (id !== undefined) persons.delete(id);
  return [
    ...persons,
    ...told
      .filter(({ patients }) => patients.length > 0)
      .map(({ id, patients }): [string, readonly string[]] => [id ?? 'new', patients]),
  ];
}
