import type { FeatureRecord, Schema } from '../../features.js';
import type { Scorer } from '../../scorer.js';
import { clusterGroup, type GroupPartition } from './cluster-group.js';
import { standingPairs, type StandingDecision } from '../records/decision.js';
import type { KnownPatient } from '../held/enrol-patient.js';
import type { Gathered } from './gather-group.js';
import { mostInPerson } from '../records/person-size.js';
import type { Member, Person } from '../records/person.js';
import type { Review } from '../records/review-task.js';
import type { WorkingSet } from '../held/working-set.js';

/* Joins records to a Person that is too large to be partitioned with them. */

export interface Enlarging {
  readonly patient: string;
  /** The Person of the Patient, where that is too large for a group; the Patient was partitioned as none of its records. */
  readonly home: Person | undefined;
  /** Records that reach the threshold with the Patient, the likeliest first. */
  readonly strong: readonly { readonly id: string; readonly weight: number }[];
  readonly group: Gathered;
  readonly partition: GroupPartition['persons'];
  /** A human or the source has tied the Patient to others of the group. */
  readonly isTied: () => boolean;
  /** The group partitioned without the Patient. */
  readonly withoutPatient: () => GroupPartition['persons'];
}

export interface Enlarged {
  /** Members of each person, those of the large ones too. */
  readonly partition: readonly (readonly Member[])[];
  /** The Persons of all these members before. */
  readonly before: readonly Person[];
  /** Pairs that reach the threshold, but that a rule keeps apart. */
  readonly reviews: readonly Review[];
}

interface Deps {
  readonly schema: Schema;
  readonly scorer: Scorer;
}

/** A large Person and its records, but for the Patient that is placed. */
interface Target {
  readonly person: Person;
  readonly members: readonly Member[];
}

/** Large Persons that one placement is held against. */
const mostTried = 3;
/** Records of either side that are compared, beside those with a number of their own. */
const [mostOfTarget, mostOfPart] = [30, 10];
const mostLikely = 15;

/**
 * Persons that have no room in a group stay as they are, but for the Patient that is placed and those that are one
 * person with it: they join such a Person, or leave it, by the rules of every group, held against records that stand for
 * it (the likeliest, and one for each number that a person has one of) and against what humans decided of any of its
 * records. So a placement costs the same whether a Person has three hundred records or two thousand.
 */
export async function enlargePerson(set: WorkingSet, deps: Deps, request: Enlarging): Promise<Enlarged> {
  const { patient, home, group, partition } = request;
  const part = partition.find((members) => members.some((member) => member.patient === patient));
  const rest = home && { person: home, members: home.members.filter((member) => member.patient !== patient) };
  const targets = part ? await targetsOf(set, { ...request, part, rest }) : [];
  const reviews: Review[] = [];
  let isFull = false;
  for (const target of targets) {
    const found = await joinTo(set, deps, { ...request, part: part ?? [], target });
    if (found.joined) {
      const apart = rest && target.person !== rest.person ? rest : undefined;
      const members = [...target.members, ...found.joined].sort(byPatient);
      const others = found.others ?? partition.filter((one) => one !== part);
      return {
        partition: [members, ...(apart ? [apart.members] : []), ...others],
        before: [...group.persons, target.person, ...(apart ? [apart.person] : [])],
        reviews,
      };
    }
    if (found.review) reviews.push(found.review);
    isFull ||= found.isFull === true;
  }
  if (isFull) set.metFull();
  return {
    partition: [...(rest ? [rest.members] : []), ...partition],
    before: [...group.persons, ...(rest ? [rest.person] : [])],
    reviews,
  };
}

const byPatient = (one: Member, other: Member): number =>
  one.patient < other.patient ? -1 : one.patient > other.patient ? 1 : 0;

interface Placed extends Enlarging {
  /** The records of the group that are one person with the Patient, itself among them. */
  readonly part: readonly Member[];
}

/** Persons that decisions name, the one that the Patient was of, then by likeliness. */
async function targetsOf(
  set: WorkingSet,
  { home, strong, group, part, rest }: Placed & { readonly rest: Target | undefined },
): Promise<Target[]> {
  const own = new Set(part.map(({ patient }) => patient));
  const inGroup = new Set([...group.persons, ...(home ? [home] : [])].map(({ id }) => id));
  const outside = async (patients: readonly string[]): Promise<Target[]> =>
    (await set.personsOf(patients))
      .filter(({ id }) => !inGroup.has(id))
      .map((person) => ({ person, members: person.members }));
  const named = await outside(linkedTo(group.decisions, own));
  const likely = await outside(strong.map(({ id }) => id).filter((id) => !group.known.has(id)));
  const byId = new Map(
    [...named, ...(rest ? [rest] : []), ...likely].map((target) => [target.person.id, target]),
  );
  return [...byId.values()].slice(0, mostTried);
}

/** Records that a human has linked to one of some. */
function linkedTo(decisions: readonly StandingDecision[], own: ReadonlySet<string>): string[] {
  return [...standingPairs(decisions).values()].flatMap(({ first, second, decision }) => {
    if (decision.kind !== 'link' || own.has(first) === own.has(second)) return [];
    return [own.has(first) ? second : first];
  });
}

interface Joining {
  /** Members as they join; absent where they don't. */
  readonly joined?: readonly Member[];
  /** Where the Patient joins without the rest of its part: who of the others is one person. */
  readonly others?: GroupPartition['persons'];
  readonly review?: Review;
  /** There is no room for them. */
  readonly isFull?: boolean;
}

/** The whole part, or else the Patient alone, if nothing ties it to the part more than to the large Person. */
async function joinTo(
  set: WorkingSet,
  deps: Deps,
  request: Placed & { readonly target: Target },
): Promise<Joining> {
  const { patient, strong, part, isTied, withoutPatient } = request;
  const likely = await likelyOf(set, deps, request);
  const whole = await judge(set, deps, { ...request, likely });
  if (whole.joined || part.length === 1 || isTied()) return whole;
  const others = new Set(part.map((member) => member.patient));
  const bestOfPart = strong.find(({ id }) => others.has(id))?.weight ?? -Infinity;
  if ((likely[0]?.weight ?? -Infinity) < bestOfPart) return whole;
  const alone = await judge(set, deps, { ...request, likely, part: [{ patient, assurance: 1 }] });
  return alone.joined ? { ...alone, others: withoutPatient() } : whole;
}

/** Records of the target, the likeliest first: all where the Patient was of it, since few may be among its candidates. */
async function likelyOf(
  set: WorkingSet,
  { scorer }: Deps,
  { patient, home, strong, group, target }: Placed & { readonly target: Target },
): Promise<Enlarging['strong']> {
  const known = await set.known(target.members.map((member) => member.patient));
  const own = group.known.get(patient)?.record;
  if (!own || target.person.id !== home?.id) return strong.filter(({ id }) => known.has(id));
  return [...known]
    .map(([id, { record }]) => ({ id, weight: scorer.score(own, record) }))
    .sort((one, other) => other.weight - one.weight);
}

interface Judged extends Placed {
  readonly target: Target;
  readonly likely: Enlarging['strong'];
}

async function judge(
  set: WorkingSet,
  deps: Deps,
  { patient, likely, group, part, target }: Judged,
): Promise<Joining> {
  const sides = [part, target.members].map((members) => new Set(members.map((member) => member.patient)));
  const said = saidOf(group.decisions, sides);
  if (said === 'apart') return {};
  const known = await set.known(target.members.map((member) => member.patient));
  const ours = [patient, ...part.map((member) => member.patient).filter((id) => id !== patient)]
    .slice(0, mostOfPart)
    .flatMap((id) => group.known.get(id)?.record ?? []);
  const theirs = standingFor(
    known,
    likely.slice(0, mostLikely).map(({ id }) => id),
  );
  const { persons, reviews } = clusterGroup({
    ...deps,
    records: [...ours, ...theirs],
    decided: { together: tieSides(ours.length, theirs.length, said === 'together'), apart: [] },
  });
  const person = persons.find((members) => members.some((member) => member.patient === patient)) ?? [];
  if (!person.some((member) => sides[1]?.has(member.patient))) {
    const review = reviews.find((pair) => [pair.first, pair.second].includes(patient));
    return review ? { review } : {};
  }
  if (part.length + target.members.length > mostInPerson) return { isFull: true };
  // Of several each has the evidence of the others already.
  return { joined: part.length > 1 ? part : person.filter((member) => member.patient === patient) };
}

/** What humans decided of pairs between two sides: to keep one apart stands over the rest. */
function saidOf(
  decisions: readonly StandingDecision[],
  [one, other]: readonly ReadonlySet<string>[],
): 'apart' | 'together' | undefined {
  let said: 'together' | undefined;
  for (const { first, second, decision } of standingPairs(decisions).values()) {
    const isAcross = (one?.has(first) && other?.has(second)) || (one?.has(second) && other?.has(first));
    if (!isAcross) continue;
    if (decision.kind === 'non-link') return 'apart';
    said = 'together';
  }
  return said;
}

/** Each side is one person already; `across` says that both are. */
function tieSides(ours: number, theirs: number, across: boolean): [number, number][] {
  const star = (from: number, size: number): [number, number][] =>
    Array.from({ length: Math.max(0, size - 1) }, (_, place) => [from, from + 1 + place]);
  const bridge: [number, number][] = across && theirs > 0 ? [[0, ours]] : [];
  return [...star(0, ours), ...star(ours, theirs), ...bridge];
}

/** The likeliest, one for each number or order of birth, and the first; none that only a steward may link. */
function standingFor(
  known: ReadonlyMap<string, KnownPatient>,
  likely: readonly string[],
): readonly FeatureRecord[] {
  const chosen = new Map<string, FeatureRecord>();
  const add = (record: FeatureRecord | undefined): void => {
    if (record && !record.stewardOnly) chosen.set(record.id, record);
  };
  for (const id of likely) add(known.get(id)?.record);
  const seen = new Set<string>();
  for (const { record } of known.values()) {
    for (const values of [record.distinctive, record.separating]) {
      for (const [kind, value] of Object.entries(values ?? {})) {
        const name = `${kind} ${value}`;
        if (seen.has(name) || chosen.size >= 2 * mostOfTarget) continue;
        seen.add(name);
        add(record);
      }
    }
  }
  for (const { record } of known.values()) {
    if (chosen.size >= mostOfTarget) break;
    add(record);
  }
  return [...chosen.values()];
}
