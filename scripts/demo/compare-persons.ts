import type { FhirResource, Patient, Person } from 'fhir/r4.js';

import { type Agreement, countAgreement } from '../mpi/count-agreement.js';
import type { NodeAccess } from '../network/node-access.js';
import { systems } from '../region/identifiers.js';

/** Of each Patient, by the institution's number of it. */
type Truth = ReadonlyMap<string, number>;

/** Holds the Persons of a node against the truth, in pairs of Patients; a Patient without a Person stands alone. */
export async function comparePersons(node: Pick<NodeAccess, 'resources'>, truth: Truth): Promise<Agreement> {
  const persons = await personByPatient(node.resources('Person?_count=500'));
  const [known, found]: [string[], number[]] = [[], []];
  for await (const resource of node.resources('Patient?_count=500')) {
    const person = truth.get(numberOf(resource as Patient));
    if (person === undefined) continue;
    known.push(String(person));
    found.push(persons.get(resource.id ?? '') ?? -known.length);
  }
  return countAgreement({ truth: known, answer: found });
}

const numberOf = ({ identifier = [] }: Patient): string =>
  identifier.find(({ system }) => system === systems.healthRecord)?.value ?? '';

/** A number for the Person of each Patient. Those that were merged away are left out here: no search tells them apart. */
async function personByPatient(resources: AsyncIterable<FhirResource>): Promise<ReadonlyMap<string, number>> {
  const persons = new Map<string, number>();
  let number = 0;
  for await (const resource of resources) {
    const { active, link = [] } = resource as Person;
    if (active === false) continue;
    number += 1;
    for (const { target } of link) {
      const id = /(?:^|\/)Patient\/([^/]+)/.exec(target.reference ?? '')?.[1];
      if (id !== undefined) persons.set(id, number);
    }
  }
  return persons;
}

export function formatAgreement({ precision, recall, truePairs, foundPairs, rightPairs }: Agreement): string {
  const of = (all: number): string => `(${rightPairs} / ${all})`;
  return [
    '  与真实身份对照，按档案对 / against the truth, in pairs of records:',
    `精确率 precision ${precision.toFixed(4)} ${of(foundPairs)},`,
    `召回率 recall ${recall.toFixed(4)} ${of(truePairs)}`,
  ].join(' ');
}
