import type { Person } from 'fhir/r4.js';

import type { NodeAccess } from '../../scripts/network/node-access.js';
import { eventually } from './region.js';

/** A lease lapses after 15 s, seen by a process that looks each second. */
export const lapseLimitMs = 40_000;

/** How many versions of the log the person index has not followed, as a process of the node tells it. */
export async function waitingAt({ node: { origin } }: NodeAccess): Promise<number> {
  const text = await (await fetch(`${origin}/metrics`)).text();
  return Number(/^rhie_mpi_waiting(?:\{[^}]*\})? (\d+)$/m.exec(text)?.[1]);
}

export const untilRegistered = (access: NodeAccess): Promise<void> =>
  eventually(async () => (await waitingAt(access)) === 0, lapseLimitMs);

export async function activePersons(access: NodeAccess): Promise<Person[]> {
  const persons: Person[] = [];
  for await (const resource of access.resources('Person?patient:missing=false&_sort=_id&_count=200')) {
    persons.push(resource as Person);
  }
  return persons;
}

/** Ids of a Person's Patients, sorted. */
export const patientsOf = ({ link = [] }: Person): string[] =>
  link.map(({ target }) => target.reference?.replace('Patient/', '') ?? '').sort();
