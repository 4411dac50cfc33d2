import { fhirRequest, entriesOf, linkOf, type Json } from './fhir-request.js';
import type { TestNode } from './start-node.js';

/** An active Person with the ids of its Patients. */
export interface Linked {
  readonly id: string;
  readonly patients: readonly string[];
  readonly resource: Json;
}

/** Sends a Patient; its id. */
export async function sendPatient({ base }: TestNode, body: unknown): Promise<string> {
  const answer = await fhirRequest(`${base}/Patient`, { method: 'POST', body });
  if (answer.status !== 201) throw new Error(`a Patient was refused with ${String(answer.status)}`);
  return answer.json['id'] as string;
}

/** Resolves when everything that the node holds is registered. */
export async function settled({ mpi }: TestNode): Promise<void> {
  while ((await mpi?.registration.progress())?.complete !== true) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** All active Persons once everything is registered. */
export async function personsAt(node: TestNode): Promise<Linked[]> {
  await settled(node);
  const persons: Linked[] = [];
  for (
    let url: string | undefined = `${node.base}/Person?patient:missing=false&_count=200`;
    url !== undefined;
  ) {
    const answer = await fhirRequest(url);
    for (const { resource = {} } of entriesOf(answer)) {
      const links = (resource['link'] ?? []) as Json[];
      const patients = links.map((link) => idOf(link, 'target'));
      persons.push({ id: resource['id'] as string, patients, resource });
    }
    url = linkOf(answer, 'next');
  }
  return persons;
}

/** Id of the resource that a member refers to. */
export const idOf = (value: Json, name: string): string =>
  ((value[name] as Json)['reference'] as string).split('/')[1] ?? '';
