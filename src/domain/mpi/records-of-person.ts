import type { Store } from '../../ports/store.js';
import type { PersonReferences, RecordsOfPerson } from '../records/index.js';
import { orNotFound } from './or-not-found.js';
import type { PersonIndex } from './registry/person-index.js';

export interface RecordsOfPersonDeps {
  readonly store: Pick<Store, 'read'>;
  readonly index: Pick<PersonIndex, 'personOf' | 'resolve'>;
}

/** What the modifier `:mdm` makes of a reference to a Patient or a Person; a Patient itself is always among the answer. */
export function createRecordsOfPerson({ store, index }: RecordsOfPersonDeps): RecordsOfPerson {
  async function ofPatient(id: string): Promise<PersonReferences> {
    const answer = await orNotFound(index.personOf(id));
    if (answer) return { references: answer.patients.map(toPatient), provisional: answer.provisional };
    // One that has just come is met by the index in a moment.
    const [held] = await store.read([{ type: 'Patient', id }]);
    return { references: [toPatient(id)], provisional: held !== undefined && !held.deleted };
  }
  async function ofPerson(id: string): Promise<PersonReferences> {
    const person = await orNotFound(index.resolve(id));
    return { references: person?.members.map(({ patient }) => toPatient(patient)) ?? [], provisional: false };
  }
  return ({ type, id }) => (type === 'Person' ? ofPerson(id) : ofPatient(id));
}

const toPatient = (id: string): string => `Patient/${id}`;
