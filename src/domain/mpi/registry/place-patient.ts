import type { DecidedPairs } from '../cluster.js';
import type { FeatureRecord, Schema } from '../features.js';
import { linkPosterior, reviewPosterior, weightOf } from '../model.js';
import type { Scorer } from '../scorer.js';
import { assignPersons } from './assign-persons.js';
import { clusterGroup, reviewOf, type Review } from './cluster-group.js';
import {
  decidedPairs,
  pairKey,
  standingDecisions,
  standingPairs,
  wantedPersons,
  type StandingDecision,
} from './decision.js';
import { formersOf } from './former-persons.js';
import type { Member, Person } from './person.js';
import { reviewTaskId, type ReviewTask } from './review-task.js';
import type { KnownPatient } from './enrol-patient.js';
import type { WorkingSet } from './working-set.js';

export interface PlacingDeps {
  readonly schema: Schema;
  readonly scorer: Scorer;
  readonly newId: () => string;
  /** ISO instant. */
  readonly now: () => string;
  /** Ends the placing of all whom a decision names: it throws, and nothing of it stands. */
  readonly signal?: AbortSignal;
}

export interface Placing {
  readonly patient: string;
  readonly blockingKeys: readonly string[];
  /** It was never placed before. */
  readonly isNew: boolean;
}

interface Candidate {
  readonly id: string;
  readonly weight: number;
}

const linkWeight = weightOf(linkPosterior);
const reviewWeight = weightOf(reviewPosterior);
/** A group of more records is no person any more, whatever their weights say. */
const mostInGroup = 200;
/** Records that decisions and sources name are brought in, and what those name, so often. */
const rounds = 3;

/**
 * Decides whose record a Patient is: its candidates are scored; those that reach the threshold, the persons that they
 * and the Patient belong to, and whoever a human or the source itself has tied to them make a group, which is
 * partitioned anew by the rules of whole files. What was decided lands in the working set.
 *
 * Where a Person loses a record, the others are placed again: what was kept apart from the lost one may join them now.
 */
export async function placePatient(set: WorkingSet, deps: PlacingDeps, placing: Placing): Promise<void> {
  if (placing.isNew) set.neverPlaced(placing.patient);
  for (const patient of await placeOne(set, deps, placing)) {
    await placeOne(set, deps, { patient, blockingKeys: await set.keysOf(patient), isNew: false });
  }
}

/** The records that another one of their Person has left. */
async function placeOne(set: WorkingSet, deps: PlacingDeps, placing: Placing): Promise<string[]> {
  // Requests come between two placements: a decision on large Persons makes hundreds.
  await new Promise((resolve) => setImmediate(resolve));
  const { patient, isNew } = placing;
  const candidates = await scoreCandidates(set, deps, placing);
  const strong = candidates.filter(({ weight }) => weight >= linkWeight).map(({ id }) => id);
  const weak = candidates.filter(({ weight }) => weight < linkWeight);
  const group = await gather(set, { seeds: [patient, ...strong], watched: weak.map(({ id }) => id) });
  const ids = [...group.known.keys()];
  const records = [...group.known.values()].map(({ record }) => record);
  const { persons: partition, reviews } = clusterGroup({
    ...deps,
    records,
    decided: decideWithin(group, ids),
  });
  const groups = partition.filter((members) =>
    isPlaced(members.map((member) => group.known.get(member.patient))),
  );
  const persons = assignPersons({
    before: group.persons,
    partition: groups,
    placed: patient,
    wanted: wantedPersons(group.decisions),
    former: await formersOf(set, group.persons, groups),
    newId: deps.newId,
  });
  for (const person of persons) set.putPerson(person);
  const open = [...reviews, ...weakReviews(group, { patient, weak })];
  await queue(set, deps, open);
  if (isNew && group.persons.length <= 1) return [];
  await settleTasks(set, {
    patient,
    ids: [...ids, patient],
    reviews: open,
    persons,
    decisions: group.decisions,
  });
  return leftBy(group.persons, groups).filter((left) => left !== patient);
}

/** Members of Persons whose records are not together any more. */
function leftBy(before: readonly Person[], groups: readonly (readonly Member[])[]): string[] {
  const places = new Map(
    groups.flatMap((members, place) => members.map((member) => [member.patient, place] as const)),
  );
  return before.flatMap(({ members }) => {
    const found = members.map(({ patient }) => places.get(patient));
    if (new Set(found).size === 1) return [];
    return members.filter((_, place) => found[place] !== undefined).map(({ patient }) => patient);
  });
}

async function scoreCandidates(
  set: WorkingSet,
  { scorer }: PlacingDeps,
  { patient, blockingKeys }: Placing,
): Promise<Candidate[]> {
  const own = (await set.known([patient])).get(patient)?.record;
  if (!own || blockingKeys.length === 0) return [];
  const found = await set.candidates(blockingKeys);
  const known = await set.known([...found].filter((id) => id !== patient));
  const candidates: Candidate[] = [];
  for (const [id, { record }] of known) {
    const weight = scorer.score(own, record);
    if (weight >= reviewWeight) candidates.push({ id, weight });
  }
  return candidates.sort((one, other) => other.weight - one.weight);
}

interface Gathered {
  readonly known: ReadonlyMap<string, KnownPatient>;
  readonly persons: readonly Person[];
  readonly decisions: readonly StandingDecision[];
}

/** The seeds, the other records of their persons, and whoever decisions and sources tie to them. */
async function gather(
  set: WorkingSet,
  { seeds, watched }: { readonly seeds: readonly string[]; readonly watched: readonly string[] },
): Promise<Gathered> {
  let ids = await fitting(set, seeds);
  let known = new Map<string, KnownPatient>();
  let persons: readonly Person[] = [];
  let decisions: readonly StandingDecision[] = [];
  for (let round = 0; round < rounds; round++) {
    const touched = await set.personsOf([...ids]);
    for (const { members } of touched) for (const { patient } of members) ids.add(patient);
    // What was tied on brings too many with it: it stays out.
    if (round > 0 && ids.size > mostInGroup) break;
    persons = touched;
    decisions = await set.decisionsOf([...ids, ...watched]);
    // In one order whoever is placed, so that equal weights come out the same.
    known = new Map(await set.known([...ids].sort()));
    const tied = tiedTo(ids, decisions, known);
    if (tied.length === 0 || ids.size + tied.length > mostInGroup) break;
    ids = new Set([...ids, ...tied]);
  }
  return { known, persons, decisions };
}

/** The first seed, and of the others, the likeliest first, those whose persons have room beside it. */
async function fitting(set: WorkingSet, seeds: readonly string[]): Promise<Set<string>> {
  const all = new Set<string>();
  for (const seed of seeds) {
    const persons = await set.personsOf([seed]);
    const added = new Set([
      ...all,
      seed,
      ...persons.flatMap(({ members }) => members.map(({ patient }) => patient)),
    ]);
    if (all.size === 0 || added.size <= mostInGroup) for (const id of added) all.add(id);
  }
  return all;
}

function tiedTo(
  ids: ReadonlySet<string>,
  decisions: readonly StandingDecision[],
  known: ReadonlyMap<string, KnownPatient>,
): string[] {
  const named = standingDecisions(decisions)
    .filter(({ kind, groups }) => kind === 'link' && groups.flat().some((id) => ids.has(id)))
    .flatMap(({ groups }) => groups.flat());
  const sources = [...known.values()].flatMap(({ sameAs }) => sameAs);
  return [...new Set([...named, ...sources])].filter((id) => !ids.has(id));
}

/** What sources say of their own records counts like a decision, the earliest of all. */
function decideWithin({ known, decisions }: Gathered, ids: readonly string[]): DecidedPairs {
  const said = [...known].flatMap(([id, { sameAs }]) =>
    sameAs.map((other): StandingDecision => ({ id: '', at: '', kind: 'link', groups: [[id], [other]] })),
  );
  return decidedPairs(
    said.length > 0 ? [...said, ...decisions] : decisions,
    new Map(ids.map((id, place) => [id, place])),
  );
}

/** A record alone that says nothing is of nobody that could be told: it stays unlinked. */
function isPlaced(members: readonly (KnownPatient | undefined)[]): boolean {
  return members.length > 1 || members.some((known) => known?.matchable === true);
}

function weakReviews(
  { known, decisions }: Gathered,
  { patient, weak }: { readonly patient: string; readonly weak: readonly Candidate[] },
): Review[] {
  const own = known.get(patient)?.record;
  if (!own) return [];
  const places = new Map([[patient, 0], ...weak.map(({ id }, place): [string, number] => [id, place + 1])]);
  const { apart } = decidedPairs(decisions, places);
  const keptApart = new Set(apart.filter(([first]) => first === 0).map(([, second]) => second));
  return weak
    .filter(({ id }, place) => !known.has(id) && !keptApart.has(place + 1))
    .map(({ id, weight }) => reviewOf(own, bare(id), { weight }));
}

const bare = (id: string): FeatureRecord => ({ id, values: [], blockingKeys: [] });

/** Opens a Task a pair; one that a steward has decided or postponed is left as it is while nothing changes. */
async function queue(set: WorkingSet, { now }: PlacingDeps, reviews: readonly Review[]): Promise<void> {
  for (const review of reviews) {
    const id = reviewTaskId(review.first, review.second);
    const before = await set.task(id);
    const open = before?.status === 'requested' || before?.status === 'on-hold';
    const task: ReviewTask = {
      ...review,
      // Of an open one the first reason stays: seen from other records of the two persons it may be another rule.
      ...(open && before.conflict && review.conflict ? { conflict: before.conflict } : {}),
      id,
      code: review.conflict === undefined ? 'possible-link' : 'conflict',
      status: open ? before.status : 'requested',
      authoredOn: before?.authoredOn ?? now(),
      notes: before?.notes ?? [],
    };
    set.putTask(task);
  }
}

interface Settling {
  readonly patient: string;
  readonly ids: readonly string[];
  readonly reviews: readonly Review[];
  readonly persons: readonly Person[];
  readonly decisions: readonly StandingDecision[];
}

/** Closes what is no longer in question: `completed` where the two are one person, or a human said that they are not. */
async function settleTasks(
  set: WorkingSet,
  { patient, ids, reviews, persons, decisions }: Settling,
): Promise<void> {
  const standing = new Set(reviews.map(({ first, second }) => reviewTaskId(first, second)));
  const personOf = new Map(
    persons.flatMap(({ id, members }) => members.map((member) => [member.patient, id])),
  );
  const decided = standingPairs(decisions);
  for (const task of await set.openTasksOf(ids)) {
    const { id, code, first, second } = task;
    if (standing.has(id) || code === 'overlay') continue;
    const [one, other] = [personOf.get(first), personOf.get(second)];
    const together = one !== undefined && one === other;
    const inGroup = one !== undefined && other !== undefined;
    if (!together && !inGroup && first !== patient && second !== patient) continue;
    set.putTask({
      ...task,
      status: together || decided.has(pairKey(first, second)) ? 'completed' : 'cancelled',
    });
  }
}
