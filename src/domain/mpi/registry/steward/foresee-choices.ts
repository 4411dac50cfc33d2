import { FhirError } from '../../../../fhir/fhir-error.js';
import type { WriteContext } from '../../../records/index.js';
import { readPerson, type Person } from '../records/person.js';
import type { Held } from '../held/person-set.js';
import type { ReviewChoice } from '../records/review-codes.js';
import type { ReviewTask } from '../records/review-task.js';
import { foreseeProposal, type Planned, type StewardCommitDeps } from './steward-commit.js';
import { choicesOf, proposeChoice } from './steward-tasks.js';

/** What would become of a choice that a steward made of a Task at this moment. */
export interface ForeseenChoice {
  readonly choice: ReviewChoice;
  /** Why it would be refused. */
  readonly refused?: string;
  /** It would only be written down here: the identity domain decides what becomes of it. */
  readonly deferred: boolean;
  /** Of the Task afterwards; absent where it is another node's. */
  readonly status?: ReviewTask['status'];
  /** The Persons of the Task's records, and whoever else changes; none where it would be refused. */
  readonly persons: readonly ForeseenPerson[];
}

export interface ForeseenPerson {
  /** Absent: it would be made. */
  readonly id?: string;
  /** Patients of today. */
  readonly before: readonly string[];
  /** Patients afterwards. */
  readonly after: readonly string[];
  /** Its id leads to another one afterwards; '' where that would be made. */
  readonly mergedInto?: string;
}

/** Each choice is tried on a look of its own, by what makes the decision real; nothing is stored. */
export async function foreseeChoices(
  deps: StewardCommitDeps,
  context: WriteContext,
  task: ReviewTask,
): Promise<ForeseenChoice[]> {
  const foreseen: ForeseenChoice[] = [];
  for (const choice of choicesOf(task)) foreseen.push(await foreseeChoice(deps, context, { task, choice }));
  return foreseen;
}

async function foreseeChoice(
  deps: StewardCommitDeps,
  context: WriteContext,
  { task, choice }: { readonly task: ReviewTask; readonly choice: ReviewChoice },
): Promise<ForeseenChoice> {
  const request = { task: task.id, choice, ...(choice === 'note' ? { note: '' } : {}) };
  const planned = await orRefused(foreseeProposal(deps, context, proposeChoice(deps, context, request)));
  if (planned instanceof FhirError) {
    return { choice, refused: planned.message, deferred: false, persons: [] };
  }
  const { decision } = planned.proposal;
  const status = await statusAfter(deps, planned, task.id);
  return {
    choice,
    deferred: decision !== undefined && !deps.isDomain,
    ...(status === undefined ? {} : { status }),
    persons: await personsAfter(planned, [task.first, task.second]),
  };
}

/** What can't be decided, as a value: here it is an answer. */
async function orRefused(planned: Promise<Planned>): Promise<Planned | FhirError> {
  try {
    return await planned;
  } catch (error) {
    if (error instanceof FhirError && refusing.has(error.category)) return error;
    throw error;
  }
}

const refusing: ReadonlySet<FhirError['category']> = new Set(['business-rule', 'conflict']);

/** Only its owner writes a Task. */
async function statusAfter(
  { store, nodeId }: StewardCommitDeps,
  { look: { set } }: Planned,
  id: string,
): Promise<ReviewTask['status'] | undefined> {
  const [version] = await store.read([{ type: 'Task', id }]);
  return version?.origin.owner === nodeId ? (await set.task(id))?.status : undefined;
}

async function personsAfter(
  { look: { set } }: Planned,
  records: readonly string[],
): Promise<ForeseenPerson[]> {
  const theirs = await set.personsOf(records);
  const held = new Map<string, Held<Person>>(set.persons);
  for (const { id } of theirs) {
    const person = await set.heldPerson(id);
    if (person) held.set(id, person);
  }
  const isMade = (id: string): boolean => held.get(id)?.current === undefined && held.has(id);
  const shown = new Set(theirs.map(({ id }) => id));
  return [...held]
    .map(([id, { current, value }]) => {
      const before = current && !current.deleted ? readPerson(current.body) : undefined;
      return { id, before, value };
    })
    .filter(({ id, before, value }) => shown.has(id) || !before || !isSame(before, value))
    .map(({ id, before, value: { members, mergedInto } }) => ({
      ...(isMade(id) ? {} : { id }),
      before: patientsOf(before?.members ?? []),
      after: patientsOf(members),
      ...(mergedInto === undefined ? {} : { mergedInto: isMade(mergedInto) ? '' : mergedInto }),
    }));
}

const patientsOf = (members: Person['members']): string[] => members.map(({ patient }) => patient).sort();

/** But for the evidence of its links. */
const isSame = (one: Person, other: Person): boolean =>
  one.active === other.active &&
  one.mergedInto === other.mergedInto &&
  patientsOf(one.members).join() === patientsOf(other.members).join();
