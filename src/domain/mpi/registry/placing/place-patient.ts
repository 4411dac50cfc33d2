import type { FeatureRecord, Schema } from '../../features.js';
import { linkPosterior, reviewPosterior, weightOf } from '../../model.js';
import type { Scorer } from '../../scorer.js';
import { assignPersons } from './assign-persons.js';
import { clusterGroup, reviewOf, type GroupPartition } from './cluster-group.js';
import {
  decidedPairs,
  pairKey,
  standingPairs,
  wantedPersons,
  type StandingDecision,
} from '../records/decision.js';
import { enlargePerson, type Enlarged } from './enlarge-person.js';
import { formersOf } from './former-persons.js';
import { decideWithin, gatherGroup, type Gathered } from './gather-group.js';
import { mostInGroup } from '../records/person-size.js';
import type { Member, Person } from '../records/person.js';
import { queueReviews } from './queue-reviews.js';
import { reviewTaskId, type Review } from '../records/review-task.js';
import type { KnownPatient } from '../held/enrol-patient.js';
import type { WorkingSet } from '../held/working-set.js';

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
  /** Patients that are looked at together with it, whatever they agree on. */
  readonly beside?: readonly string[];
}

interface Candidate {
  readonly id: string;
  readonly weight: number;
}

const linkWeight = weightOf(linkPosterior);
const reviewWeight = weightOf(reviewPosterior);

/**
 * Decides whose record a Patient is: its candidates are scored; those that reach the threshold, the persons that they
 * and the Patient belong to, and whoever a human or the source itself has tied to them make a group, which is
 * partitioned anew by the rules of whole files; a Person that is too large for a group is joined or left by the Patient
 * alone (enlarge-person.ts). What was decided lands in the working set.
 *
 * Where a Person loses a record, the others are placed again, unless they are too many: what was kept apart from the lost
 * one may join them now.
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
  const { patient, isNew, beside = [] } = placing;
  const candidates = await scoreCandidates(set, deps, placing);
  const strong = candidates.filter(({ weight }) => weight >= linkWeight);
  const weak = candidates.filter(({ weight }) => weight < linkWeight);
  const home = (await set.personsOf([patient])).find(({ members }) => members.length > mostInGroup);
  const group = await gatherGroup(set, {
    seeds: [patient, ...beside, ...strong.map(({ id }) => id)],
    watched: weak.map(({ id }) => id),
    home,
  });
  const { partition, before, reviews } = await partitionGroup(set, deps, { patient, strong, home, group });
  const persons = assignPersons({
    before,
    partition,
    placed: patient,
    wanted: wantedPersons(group.decisions),
    former: await formersOf(set, before, partition),
    newId: deps.newId,
  });
  for (const person of persons) set.putPerson(person);
  const joined = persons.find(({ members }) => members.some((member) => member.patient === patient));
  const open = [...reviews, ...weakReviews(group, { patient, weak, joined })];
  await queueReviews(set, deps, open);
  if (isNew && before.length <= 1) return [];
  const ids = [...group.known.keys(), patient];
  await settleTasks(set, { patient, ids, strong, reviews: open, persons, decisions: group.decisions });
  return leftBy(group.persons, partition).filter((left) => left !== patient);
}

interface Grouped {
  readonly patient: string;
  readonly strong: readonly Candidate[];
  readonly home: Person | undefined;
  readonly group: Gathered;
}

/** Who of the group is one person, and of the Persons that are too large for it. */
async function partitionGroup(set: WorkingSet, deps: PlacingDeps, grouped: Grouped): Promise<Enlarged> {
  const { patient, group } = grouped;
  const cluster = (known: Gathered['known']): GroupPartition =>
    clusterGroup({
      ...deps,
      records: [...known.values()].map(({ record }) => record),
      decided: decideWithin(group, [...known.keys()]),
    });
  const whole = cluster(group.known);
  const place = [...group.known.keys()].indexOf(patient);
  const enlarged = await enlargePerson(set, deps, {
    ...grouped,
    partition: whole.persons,
    isTied: () => decideWithin(group, [...group.known.keys()]).together.some((pair) => pair.includes(place)),
    withoutPatient: () => cluster(new Map([...group.known].filter(([id]) => id !== patient))).persons,
  });
  return {
    ...enlarged,
    partition: enlarged.partition.filter((members) =>
      isPlaced(members.map((member) => group.known.get(member.patient))),
    ),
    reviews: [...whole.reviews, ...enlarged.reviews],
  };
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

/** A record alone that says nothing is of nobody that could be told: it stays unlinked. */
function isPlaced(members: readonly (KnownPatient | undefined)[]): boolean {
  return members.length > 1 || members.some((known) => known?.matchable === true);
}

interface WeakReviews {
  readonly patient: string;
  readonly weak: readonly Candidate[];
  /** The Person that it is of now. */
  readonly joined: Person | undefined;
}

function weakReviews({ known, decisions }: Gathered, { patient, weak, joined }: WeakReviews): Review[] {
  const own = known.get(patient)?.record;
  if (!own) return [];
  const places = new Map([[patient, 0], ...weak.map(({ id }, place): [string, number] => [id, place + 1])]);
  const { apart } = decidedPairs(decisions, places);
  const keptApart = new Set(apart.filter(([first]) => first === 0).map(([, second]) => second));
  const together = new Set(joined?.members.map((member) => member.patient));
  return weak
    .filter(({ id }, place) => !known.has(id) && !together.has(id) && !keptApart.has(place + 1))
    .map(({ id, weight }) => reviewOf(own, bare(id), { weight }));
}

const bare = (id: string): FeatureRecord => ({ id, values: [], blockingKeys: [] });

interface Settling {
  readonly patient: string;
  readonly ids: readonly string[];
  readonly strong: readonly Candidate[];
  readonly reviews: readonly Review[];
  readonly persons: readonly Person[];
  readonly decisions: readonly StandingDecision[];
}

/** Closes what is no longer in question: `completed` where the two are one person, or a human said that they are not. */
async function settleTasks(
  set: WorkingSet,
  { patient, ids, strong, reviews, persons, decisions }: Settling,
): Promise<void> {
  const standing = new Set(reviews.map(({ first, second }) => reviewTaskId(first, second)));
  const personOf = new Map(
    persons.flatMap(({ id, members }) => members.map((member) => [member.patient, id])),
  );
  const likely = new Set(strong.map(({ id }) => id));
  const decided = standingPairs(decisions);
  for (const task of await set.openTasksOf(ids)) {
    const { id, code, first, second } = task;
    if (standing.has(id) || code === 'overlay') continue;
    const [one, other] = [personOf.get(first), personOf.get(second)];
    const together = one !== undefined && one === other;
    const inGroup = one !== undefined && other !== undefined;
    if (!together && !inGroup && first !== patient && second !== patient) continue;
    // As likely as before, of a Person that had no room in the group.
    if (!together && !inGroup && likely.has(first === patient ? second : first)) continue;
    set.putTask({
      ...task,
      status: together || decided.has(pairKey(first, second)) ? 'completed' : 'cancelled',
    });
  }
}
