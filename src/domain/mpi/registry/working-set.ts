import type { Store, StoredVersion } from '../../../ports/store.js';
import type { FeatureRecord } from '../features.js';
import type { StandingDecision } from './decision.js';
import { readFacts, type PatientEnrolment } from './enrol-patient.js';
import { readPerson, type Person } from './person.js';
import { sourceQuality } from './source-quality.js';
import { readReviewTask, type ReviewTask } from './review-task.js';
import {
  findDecisions,
  findLastActive,
  findMergedInto,
  findOpenTasks,
  findPersons,
  holdsDecisions,
  holdsReviews,
} from './stored-index.js';

/** What the index remembers of a Patient between comparisons. */
export interface KnownPatient {
  readonly record: FeatureRecord;
  /** How good a source of names and dates it is; see sourceQuality. */
  readonly quality: number;
  /** It says something to match on. */
  readonly matchable: boolean;
  readonly sameAs: readonly string[];
}

/** A resource of the index as it stands in the store, and as it will. */
export interface Held<Value> {
  /** Undefined: never committed. */
  readonly current: StoredVersion | undefined;
  readonly value: Value;
}

export type ReadingStore = Pick<Store, 'blocks' | 'enrolled' | 'search' | 'read' | 'history'>;

/**
 * The state that registrations work on: what the store holds, and above it what was decided since but not committed
 * yet. So many registrations ride in one commit, each seeing those before it.
 */
export interface WorkingSet {
  /** Undefined: withdraws it. `body` is the Patient's text. */
  enrol(id: string, enrolment: PatientEnrolment | undefined, body: string): void;
  /** Ids of Patients that share a blocking key; blocks that hold too many are cut. */
  candidates(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Blocking keys of a Patient; none where it isn't enrolled. */
  keysOf(patient: string): Promise<readonly string[]>;
  /** Those of the Patients that are enrolled. */
  known(ids: readonly string[]): Promise<ReadonlyMap<string, KnownPatient>>;
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
  /** Decisions that stand and name one of the Patients. */
  decisionsOf(patients: readonly string[]): Promise<readonly StandingDecision[]>;
  /** Open Tasks of the queue about one of the Patients. */
  openTasksOf(patients: readonly string[]): Promise<readonly ReviewTask[]>;
  task(id: string): Promise<ReviewTask | undefined>;
  /** One that `task` or `openTasksOf` was asked for, or a new one. */
  putTask(task: ReviewTask): void;
  /** A decision was made: it is asked for again. */
  decisionsChanged(): void;
  /** A decision that is to stand with the next commit, or (undefined) no longer to. */
  decide(id: string, decision: StandingDecision | undefined): void;
  /** A version of a Person has come by; where it is later than the one remembered, everything is read again. */
  sawPerson(version: StoredVersion): void;
  readonly pending: Pending;
  /** Blocks cut since the last commit. */
  cutBlocks: number;
  /** What is pending stands in the store now, Persons and Tasks as these versions. */
  committed(versions: ReadonlyMap<string, StoredVersion>): void;
  /** Forgets everything: somebody else has written. */
  reset(): void;
}

/** What waits for a commit. */
export interface Pending {
  readonly enrolments: Map<string, PatientEnrolment | undefined>;
  /** Texts of the Patients enrolled. */
  readonly bodies: Map<string, string>;
  readonly persons: Map<string, Held<Person>>;
  readonly tasks: Map<string, Held<ReviewTask>>;
}

/** Records that one blocking key may bring; a telephone of ten thousand people brings none. */
export const largestBlock = 100;
const mostKnown = 30_000;
const mostPersons = 30_000;

/** What is kept beside what waits; each is dropped as a whole when it grows too large. */
interface Kept {
  known: Map<string, KnownPatient>;
  persons: Map<string, Held<Person>>;
  /** Patient → Person id, '' where the Patient has none. */
  personOf: Map<string, string>;
  anyDecision: boolean | undefined;
  /** Stored decisions by the Patients that they name. */
  decisions: Map<string, readonly StandingDecision[]>;
  anyTask: boolean | undefined;
}

const nothingKept = (): Kept => ({
  known: new Map(),
  persons: new Map(),
  personOf: new Map(),
  anyDecision: undefined,
  decisions: new Map(),
  anyTask: undefined,
});

export function createWorkingSet(store: ReadingStore): WorkingSet {
  const pending: Pending = { enrolments: new Map(), bodies: new Map(), persons: new Map(), tasks: new Map() };
  /** Tasks as the store holds them, until the next commit. */
  const readTasks = new Map<string, StoredVersion>();
  /** Decisions of the next commit. */
  const deciding = new Map<string, StandingDecision | undefined>();
  /** Pending Patients by blocking key. */
  const blocks = new Map<string, Set<string>>();
  let kept = nothingKept();
  const clearPending = (): void => {
    for (const map of [...Object.values(pending), blocks, readTasks, deciding] as Map<string, unknown>[])
      map.clear();
  };
  const set: WorkingSet = {
    pending,
    cutBlocks: 0,
    enrol(id, enrolment, body) {
      for (const key of pending.enrolments.get(id)?.record.blockingKeys ?? []) blocks.get(key)?.delete(id);
      pending.enrolments.set(id, enrolment);
      pending.bodies.set(id, body);
      for (const key of enrolment?.record.blockingKeys ?? []) {
        const block = blocks.get(key);
        if (block) block.add(id);
        else blocks.set(key, new Set([id]));
      }
      if (enrolment) kept.known.set(id, knownFrom(enrolment));
      else kept.known.delete(id);
    },
    async candidates(keys) {
      const unique = [...new Set(keys)];
      const found = new Set<string>();
      const held = await store.blocks({ keys: unique, limit: largestBlock });
      for (const [place, key] of unique.entries()) {
        const members = held[place]?.members.filter((id) => !pending.enrolments.has(id)) ?? [];
        const added = blocks.get(key) ?? new Set<string>();
        if (held[place]?.cut || members.length + added.size > largestBlock) set.cutBlocks++;
        else for (const id of [...members, ...added]) found.add(id);
      }
      return found;
    },
    async keysOf(patient) {
      if (pending.enrolments.has(patient)) return pending.enrolments.get(patient)?.record.blockingKeys ?? [];
      const [row] = await store.enrolled([patient]);
      return row ? readFacts(patient, row.facts).record.blockingKeys : [];
    },
    known: (ids) => readKnown(store, { kept, pending }, ids),
    neverPlaced(patient) {
      if (!kept.personOf.has(patient)) kept.personOf.set(patient, '');
    },
    personsOf: (patients) => readPersonsOf(store, { kept, pending }, patients),
    person: async (id) => (await set.heldPerson(id))?.value,
    async heldPerson(id) {
      const held = pending.persons.get(id) ?? kept.persons.get(id);
      if (held) return held;
      const [current] = await store.read([{ type: 'Person', id }]);
      if (!current || current.deleted) return undefined;
      keepPerson({ kept, pending }, current);
      return kept.persons.get(id);
    },
    async mergedInto(id) {
      const ids = new Set([...(await findMergedInto(store, id)), ...pending.persons.keys()]);
      const persons = await Promise.all([...ids].map((found) => set.person(found)));
      return persons.filter((person) => person?.mergedInto === id) as Person[];
    },
    async lastMembers(id) {
      const current = (await set.heldPerson(id))?.current;
      const person = current && readPerson(current.body);
      const last = person?.active ? person : await findLastActive(store, id);
      return last?.members.map(({ patient }) => patient) ?? [];
    },
    putPerson(person) {
      const before = pending.persons.get(person.id) ?? kept.persons.get(person.id);
      const current = before?.current;
      if (!current && !person.active) pending.persons.delete(person.id);
      else pending.persons.set(person.id, { current, value: person });
      for (const { patient } of before?.value.members ?? []) {
        if (kept.personOf.get(patient) === person.id) kept.personOf.set(patient, '');
      }
      for (const { patient } of person.members) kept.personOf.set(patient, person.id);
    },
    async decisionsOf(patients) {
      kept.anyDecision ??= await holdsDecisions(store);
      const stored = kept.anyDecision ? await readDecisions(store, kept, patients) : [];
      const asked = new Set(patients);
      const made = [...deciding.values()].filter((decision) => decision !== undefined);
      return [
        ...stored.filter(({ id }) => !deciding.has(id)),
        ...made.filter(({ groups }) => groups.flat().some((id) => asked.has(id))),
      ];
    },
    async openTasksOf(patients) {
      const waiting = [...pending.tasks.values()].map(({ value }) => value);
      kept.anyTask ??= await holdsReviews(store);
      const found = kept.anyTask ? await findOpenTasks(store, patients) : [];
      const stored: ReviewTask[] = [];
      for (const id of found) {
        const task = pending.tasks.has(id) ? undefined : await set.task(id);
        if (task) stored.push(task);
      }
      const asked = new Set(patients);
      return [...stored, ...waiting].filter(
        ({ first, second, status }) =>
          (status === 'requested' || status === 'on-hold') && (asked.has(first) || asked.has(second)),
      );
    },
    async task(id) {
      const held = pending.tasks.get(id);
      if (held) return held.value;
      const [current] = await store.read([{ type: 'Task', id }]);
      if (!current) return undefined;
      readTasks.set(id, current);
      return current.deleted ? undefined : readReviewTask(current.body);
    },
    putTask(task) {
      const current = pending.tasks.get(task.id)?.current ?? readTasks.get(task.id);
      pending.tasks.set(task.id, { current, value: task });
    },
    decisionsChanged() {
      kept.anyDecision = undefined;
      kept.decisions = new Map();
    },
    decide(id, decision) {
      deciding.set(id, decision);
    },
    sawPerson({ key, versionId }) {
      const current = kept.persons.get(key.id)?.current;
      if (current && current.versionId < versionId && !pending.persons.has(key.id)) forgetPersons(kept);
    },
    committed(versions) {
      for (const [id, { value }] of pending.persons) {
        const current = versions.get(`Person/${id}`) ?? pending.persons.get(id)?.current;
        if (current) kept.persons.set(id, { current, value });
      }
      if (pending.tasks.size > 0) kept.anyTask = true;
      clearPending();
      set.cutBlocks = 0;
      if (kept.known.size > mostKnown) kept.known = new Map();
      if (kept.decisions.size > mostKnown) kept.decisions = new Map();
      if (kept.persons.size > mostPersons || kept.personOf.size > 2 * mostPersons) {
        forgetPersons(kept);
      }
    },
    reset() {
      kept = nothingKept();
      clearPending();
      set.cutBlocks = 0;
    },
  };
  return set;
}

const knownFrom = ({
  record,
  identity,
  sameAs,
}: Pick<PatientEnrolment, 'record' | 'identity' | 'sameAs'>): KnownPatient => ({
  // Blocking keys are in the store's index; here they would be the larger half.
  record: { ...record, blockingKeys: [] },
  quality: sourceQuality(identity, record),
  matchable: record.blockingKeys.length > 0,
  sameAs,
});

interface State {
  readonly kept: Kept;
  readonly pending: Pending;
}

async function readKnown(
  store: ReadingStore,
  { kept, pending }: State,
  ids: readonly string[],
): Promise<Map<string, KnownPatient>> {
  const missing = ids.filter((id) => !kept.known.has(id) && !pending.enrolments.has(id));
  const rows = missing.length > 0 ? await store.enrolled(missing) : [];
  for (const [place, row] of rows.entries()) {
    const id = missing[place] ?? '';
    if (row) kept.known.set(id, knownFrom(readFacts(id, row.facts)));
  }
  const found = new Map<string, KnownPatient>();
  for (const id of ids) {
    const known = kept.known.get(id);
    if (known) found.set(id, known);
  }
  return found;
}

async function readDecisions(
  store: ReadingStore,
  { decisions }: Kept,
  patients: readonly string[],
): Promise<StandingDecision[]> {
  const missing = patients.filter((id) => !decisions.has(id));
  const found = missing.length > 0 ? await findDecisions(store, missing) : [];
  for (const id of missing) {
    decisions.set(
      id,
      found.filter(({ groups }) => groups.some((group) => group.includes(id))),
    );
  }
  const byId = new Map(patients.flatMap((id) => decisions.get(id) ?? []).map((one) => [one.id, one]));
  return [...byId.values()];
}

async function readPersonsOf(
  store: ReadingStore,
  { kept, pending }: State,
  patients: readonly string[],
): Promise<Person[]> {
  const missing = patients.filter((id) => !kept.personOf.has(id));
  for (const current of await findPersons(store, missing)) keepPerson({ kept, pending }, current);
  for (const id of missing) if (!kept.personOf.has(id)) kept.personOf.set(id, '');
  const ids = new Set(patients.map((id) => kept.personOf.get(id) ?? '').filter((id) => id !== ''));
  const persons = [...ids].map((id) => (pending.persons.get(id) ?? kept.persons.get(id))?.value);
  return persons.filter((person) => person?.active === true) as Person[];
}

function forgetPersons(kept: Kept): void {
  kept.persons = new Map();
  kept.personOf = new Map();
}

/** A Person out of the store, unless it is known already or a later one waits. */
function keepPerson({ kept, pending }: State, current: StoredVersion): void {
  const person = readPerson(current.body);
  const before = kept.persons.get(person.id)?.current;
  if (pending.persons.has(person.id) || (before && before.versionId >= current.versionId)) return;
  kept.persons.set(person.id, { current, value: person });
  for (const { patient } of person.members) {
    if (!kept.personOf.has(patient)) kept.personOf.set(patient, person.id);
  }
}
