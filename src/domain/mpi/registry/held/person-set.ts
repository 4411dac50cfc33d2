import type { StoredVersion } from '../../../../ports/store.js';
import type { CountsPerson } from './person-authority.js';
import { readPerson, type Person } from '../records/person.js';
import { findLastActive, findMergedInto, findPersons, type SearchingStore } from './stored-index.js';

/** A resource of the index as it stands in the store, and as it will. */
export interface Held<Value> {
  /** Undefined: never committed. */
  readonly current: StoredVersion | undefined;
  readonly value: Value;
}

/** Persons: those of the store that count, and above them those that wait for a commit. */
export interface PersonSet {
  /** A Patient that was never placed belongs to no Person: nobody need be asked. */
  neverPlaced(patient: string): void;
  /** The active Persons of Patients, each once. */
  personsOf(patients: readonly string[]): Promise<readonly Person[]>;
  person(id: string): Promise<Person | undefined>;
  /** A Person with the version that it was read as. */
  heldPerson(id: string): Promise<Held<Person> | undefined>;
  /** Persons that were merged into one, directly. */
  mergedInto(id: string): Promise<readonly Person[]>;
  /** Patients of a Person in its last version that was active. */
  lastMembers(id: string): Promise<readonly string[]>;
  /** One that was asked for before, or a new one. */
  putPerson(person: Person): void;
  /** A version of a Person has come by; where it is later than the one remembered, everything is read again. */
  sawPerson(version: StoredVersion): void;
  /** Records were kept out of a Person that is full. */
  metFull(): void;
  /** How often since the last commit. */
  readonly timesFull: number;
  /** What waits. */
  readonly persons: ReadonlyMap<string, Held<Person>>;
  /** What waits stands in the store now, as these versions by `Person/id`. */
  committed(versions: ReadonlyMap<string, StoredVersion>): void;
  reset(): void;
}

const mostPersons = 5_000;
const mostPatients = 50_000;

interface PersonState {
  readonly store: SearchingStore;
  readonly counts: CountsPerson;
  readonly pending: Map<string, Held<Person>>;
  readonly kept: Map<string, Held<Person>>;
  /** Patient → Person id, '' where the Patient has none. */
  readonly personOf: Map<string, string>;
  timesFull: number;
}

export function createPersonSet(store: SearchingStore, counts: CountsPerson): PersonSet {
  const state: PersonState = {
    store,
    counts,
    pending: new Map(),
    kept: new Map(),
    personOf: new Map(),
    timesFull: 0,
  };
  const { pending, kept, personOf } = state;
  const person = async (id: string): Promise<Person | undefined> => (await readHeld(state, id))?.value;
  return {
    persons: pending,
    neverPlaced(patient) {
      if (!personOf.has(patient)) personOf.set(patient, '');
    },
    personsOf: (patients) => readPersonsOf(state, patients),
    person,
    heldPerson: (id) => readHeld(state, id),
    async mergedInto(id) {
      const ids = new Set([...(await findMergedInto(store, id)), ...pending.keys()]);
      const persons = await Promise.all([...ids].map(person));
      return persons.filter((found) => found?.mergedInto === id) as Person[];
    },
    async lastMembers(id) {
      const current = (await readHeld(state, id))?.current;
      const now = current && readPerson(current.body);
      const last = now?.active ? now : await findLastActive(store, id);
      return last?.members.map(({ patient }) => patient) ?? [];
    },
    putPerson: (value) => putPerson(state, value),
    metFull: () => void state.timesFull++,
    get timesFull() {
      return state.timesFull;
    },
    sawPerson({ key, versionId }) {
      const current = kept.get(key.id)?.current;
      if (current && current.versionId < versionId && !pending.has(key.id)) forget(state);
    },
    committed(versions) {
      for (const [id, { value, current }] of pending) {
        const stands = versions.get(`Person/${id}`) ?? current;
        if (stands) kept.set(id, { current: stands, value });
      }
      pending.clear();
      state.timesFull = 0;
      if (kept.size > mostPersons || personOf.size > mostPatients) forget(state);
    },
    reset() {
      pending.clear();
      state.timesFull = 0;
      forget(state);
    },
  };
}

function forget({ kept, personOf }: PersonState): void {
  kept.clear();
  personOf.clear();
}

async function readHeld(state: PersonState, id: string): Promise<Held<Person> | undefined> {
  const held = state.pending.get(id) ?? state.kept.get(id);
  if (held) return held;
  const [current] = await state.store.read([{ type: 'Person', id }]);
  if (!current || current.deleted) return undefined;
  keep(state, current);
  return state.kept.get(id);
}

async function readPersonsOf(state: PersonState, patients: readonly string[]): Promise<Person[]> {
  const { store, pending, kept, personOf } = state;
  const missing = patients.filter((id) => !personOf.has(id));
  for (const current of await findPersons(store, missing)) keep(state, current);
  for (const id of missing) if (!personOf.has(id)) personOf.set(id, '');
  const ids = new Set(patients.map((id) => personOf.get(id) ?? '').filter((id) => id !== ''));
  const persons = [...ids].map((id) => (pending.get(id) ?? kept.get(id))?.value);
  return persons.filter((person) => person?.active === true) as Person[];
}

/** A Person out of the store, unless it doesn't count, is known already, or a later one waits. */
function keep({ counts, pending, kept, personOf }: PersonState, current: StoredVersion): void {
  if (!counts(current)) return;
  const person = readPerson(current.body);
  const before = kept.get(person.id)?.current;
  if (pending.has(person.id) || (before && before.versionId >= current.versionId)) return;
  kept.set(person.id, { current, value: person });
  for (const { patient } of person.members) {
    if (!personOf.has(patient)) personOf.set(patient, person.id);
  }
}

function putPerson({ pending, kept, personOf }: PersonState, person: Person): void {
  const before = pending.get(person.id) ?? kept.get(person.id);
  const current = before?.current;
  if (!current && !person.active) pending.delete(person.id);
  else pending.set(person.id, { current, value: person });
  for (const { patient } of before?.value.members ?? []) {
    if (personOf.get(patient) === person.id) personOf.set(patient, '');
  }
  for (const { patient } of person.members) personOf.set(patient, person.id);
}
