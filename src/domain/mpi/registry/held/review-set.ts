import type { StoredVersion } from '../../../../ports/store.js';
import type { StandingDecision } from '../records/decision.js';
import { forgetOldest } from './forget-oldest.js';
import type { Held } from './person-set.js';
import { readReviewTask, type ReviewTask } from '../records/review-task.js';
import {
  findDecisions,
  findOpenTasks,
  holdsDecisions,
  holdsReviews,
  type SearchingStore,
} from './stored-index.js';

/** Decisions and Tasks of the queue: those of the store, and above them those that wait for a commit. */
export interface ReviewSet {
  /** Decisions that stand and name one of the Patients. */
  decisionsOf(patients: readonly string[]): Promise<readonly StandingDecision[]>;
  /** A decision was made: it is asked for again. */
  decisionsChanged(): void;
  /** A decision that is to stand with the next commit, or (undefined) no longer to. */
  decide(id: string, decision: StandingDecision | undefined): void;
  /** Open Tasks of the queue about one of the Patients. */
  openTasksOf(patients: readonly string[]): Promise<readonly ReviewTask[]>;
  task(id: string): Promise<ReviewTask | undefined>;
  /** One that `task` or `openTasksOf` was asked for, or a new one. */
  putTask(task: ReviewTask): void;
  /** What waits. */
  readonly tasks: ReadonlyMap<string, Held<ReviewTask>>;
  committed(): void;
  reset(): void;
}

const mostPatients = 20_000;

interface ReviewState {
  readonly store: SearchingStore;
  readonly pending: Map<string, Held<ReviewTask>>;
  /** Tasks as the store holds them, until the next commit. */
  readonly read: Map<string, StoredVersion>;
  /** Decisions of the next commit. */
  readonly deciding: Map<string, StandingDecision | undefined>;
  /** Decisions of the store by the Patients that they name; a new one comes by in the log and drops them. */
  readonly decisions: Map<string, readonly StandingDecision[]>;
  /** What decisionsOf answered last: the same list for the same decisions, so that it is worked out once. */
  found: readonly StandingDecision[];
  /** Ids of open Tasks of the store by their Patients; nobody else writes them. */
  readonly open: Map<string, readonly string[]>;
  /** Whether the store holds any at all; undefined: to be asked. Most regions begin without, and ask no more. */
  anyDecision: boolean | undefined;
  anyTask: boolean | undefined;
}

export function createReviewSet(store: SearchingStore): ReviewSet {
  const state: ReviewState = {
    store,
    pending: new Map(),
    read: new Map(),
    deciding: new Map(),
    decisions: new Map(),
    found: [],
    open: new Map(),
    anyDecision: undefined,
    anyTask: undefined,
  };
  const { pending, read, deciding, decisions, open } = state;
  const clear = (): void => {
    for (const map of [pending, read, deciding]) map.clear();
  };
  return {
    tasks: pending,
    decisionsOf: (patients) => decisionsOf(state, patients),
    decisionsChanged() {
      state.anyDecision = undefined;
      decisions.clear();
    },
    decide: (id, decision) => void deciding.set(id, decision),
    openTasksOf: (patients) => openTasksOf(state, patients),
    task: (id) => readTask(state, id),
    putTask(task) {
      const current = pending.get(task.id)?.current ?? read.get(task.id);
      pending.set(task.id, { current, value: task });
    },
    committed() {
      if (pending.size > 0) state.anyTask = true;
      for (const { value } of pending.values()) for (const id of [value.first, value.second]) open.delete(id);
      clear();
      forgetOldest(decisions, mostPatients);
      forgetOldest(open, mostPatients);
    },
    reset() {
      state.anyDecision = state.anyTask = undefined;
      decisions.clear();
      open.clear();
      clear();
    },
  };
}

async function decisionsOf(
  state: ReviewState,
  patients: readonly string[],
): Promise<readonly StandingDecision[]> {
  const { store, deciding } = state;
  state.anyDecision ??= await holdsDecisions(store);
  const stored = state.anyDecision ? await storedDecisions(state, patients) : [];
  const asked = new Set(patients);
  const made = [...deciding.values()].filter((decision) => decision !== undefined);
  const found = [
    ...stored.filter(({ id }) => !deciding.has(id)),
    ...made.filter(({ groups }) => groups.flat().some((id) => asked.has(id))),
  ];
  if (!isSameList(found, state.found)) state.found = found;
  return state.found;
}

const isSameList = <Item>(one: readonly Item[], other: readonly Item[]): boolean =>
  one.length === other.length && one.every((item, place) => item === other[place]);

async function storedDecisions(state: ReviewState, patients: readonly string[]): Promise<StandingDecision[]> {
  const { store, decisions } = state;
  const missing = patients.filter((id) => !decisions.has(id));
  const found = missing.length > 0 ? await findDecisions(store, missing) : [];
  const named = new Map(missing.map((id): [string, StandingDecision[]] => [id, []]));
  // One object for one decision, whichever of its Patients it is found by: what lists of it were worked out serves again.
  const before = new Map(state.found.map((one) => [one.id, one]));
  for (const decision of found) {
    const known = before.get(decision.id);
    const one = known?.at === decision.at ? known : decision;
    for (const id of decision.groups.flat()) named.get(id)?.push(one);
  }
  for (const [id, list] of named) decisions.set(id, list);
  const byId = new Map(patients.flatMap((id) => decisions.get(id) ?? []).map((one) => [one.id, one]));
  return [...byId.values()];
}

async function openTasksOf(state: ReviewState, patients: readonly string[]): Promise<ReviewTask[]> {
  const { store, pending } = state;
  state.anyTask ??= await holdsReviews(store);
  const found = state.anyTask ? await storedTasks(state, patients) : [];
  const tasks = [...pending.values()].map(({ value }) => value);
  for (const id of found) {
    const task = pending.has(id) ? undefined : await readTask(state, id);
    if (task) tasks.push(task);
  }
  const asked = new Set(patients);
  return tasks.filter(
    ({ first, second, status }) =>
      (status === 'requested' || status === 'on-hold') && (asked.has(first) || asked.has(second)),
  );
}

async function storedTasks({ store, open }: ReviewState, patients: readonly string[]): Promise<Set<string>> {
  const missing = patients.filter((id) => !open.has(id));
  const found = missing.length > 0 ? await findOpenTasks(store, missing) : [];
  const named = new Map(missing.map((id): [string, string[]] => [id, []]));
  for (const { id, first, second } of found) for (const one of [first, second]) named.get(one)?.push(id);
  for (const [id, list] of named) open.set(id, list);
  return new Set(patients.flatMap((id) => open.get(id) ?? []));
}

async function readTask({ store, pending, read }: ReviewState, id: string): Promise<ReviewTask | undefined> {
  const held = pending.get(id);
  if (held) return held.value;
  const [current] = await store.read([{ type: 'Task', id }]);
  if (!current) return undefined;
  read.set(id, current);
  return current.deleted ? undefined : readReviewTask(current.body);
}
