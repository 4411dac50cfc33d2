import type { Wanted } from '../records/decision.js';
import type { Member, Person } from '../records/person.js';

export interface Assignment {
  /** Active Persons that the records belonged to before; with all their members among the partition's. */
  readonly before: readonly Person[];
  readonly partition: readonly (readonly Member[])[];
  /** The record that was placed: where it goes elsewhere, those that it leaves keep the Person. */
  readonly placed: string;
  /** Persons that decisions name, the latest first. */
  readonly wanted?: readonly Wanted[];
  /** Persons that were merged into one of `before` whose records do not stay together, by the id of that one. */
  readonly former?: ReadonlyMap<string, readonly Former[]>;
  readonly newId: () => string;
}

/** A Person that was merged away. */
export interface Former {
  readonly id: string;
  readonly mergedInto: string;
  /** Patients of its last version as a person of its own. */
  readonly members: readonly string[];
}

/**
 * The Persons as they stand afterwards. A person keeps its id for life: each group of records goes on under the id that
 * most of its records had, of equals the oldest (ids are UUIDs of version 7: they sort by time), unless a decision names
 * another. Where the records of a Person part, the joint id stays with what came to it by itself, and a part that had
 * been a Person of its own is that one again. A Person whose records went on elsewhere is merged into where most of them
 * are; one without any record left is retired.
 */
export function assignPersons(assignment: Assignment): Person[] {
  const { before, partition, former = nothing, newId } = assignment;
  const groups = partition.map((members) => new Set(members.map(({ patient }) => patient)));
  const idOf = new Map<number, string>();
  const taken = new Set<string>();
  const take = ({ group, id }: Claim): void => {
    if (idOf.has(group) || taken.has(id)) return;
    idOf.set(group, id);
    taken.add(id);
  };
  const claims = claimsOf(assignment, groups);
  claims.filter(({ first }) => first).forEach(take);
  claims.filter(({ first }) => !first).forEach(take);
  const after = partition.map((members, group): Person => {
    const id = idOf.get(group) ?? newId();
    return { id, active: true, members };
  });
  const gone = before
    .filter(({ id }) => !taken.has(id))
    .map(({ id, members }) =>
      retired(id, placeOfMost(after, new Set(members.map(({ patient }) => patient)))),
    );
  return [...after, ...gone, ...pointedAnew(former, after)];
}

const nothing: ReadonlyMap<string, readonly Former[]> = new Map();

/** What speaks for a group of records to go on as a Person. */
interface Claim {
  readonly group: number;
  readonly id: string;
  /** It is a Person of today, or a decision wants it: goes before such as come back by themselves. */
  readonly first: boolean;
  readonly strength: number;
  /** Decides between equals; 0 where no decision names the Person, else the more the later the decision. */
  readonly wish: number;
}

const byStrength = (one: Claim, other: Claim): number =>
  other.strength - one.strength ||
  other.wish - one.wish ||
  (one.id < other.id ? -1 : one.id > other.id ? 1 : one.group - other.group);

function claimsOf(assignment: Assignment, groups: readonly ReadonlySet<string>[]): Claim[] {
  const claims: Claim[] = [];
  for (const [group, patients] of groups.entries()) {
    const persons = assignment.before
      .map(({ id, members }) => ({
        id,
        live: liveOf(
          members.map(({ patient }) => patient),
          groups,
        ),
        patients,
      }))
      .map((person) => ({ ...person, held: person.live.filter((patient) => patients.has(patient)) }))
      .filter(({ held }) => held.length > 0);
    for (const person of persons) claims.push(claimOf(assignment, { group, person, persons }));
    for (const { id } of persons) claims.push(...formerClaims(assignment, { group, groups, into: id }));
  }
  return claims.sort(byStrength);
}

const liveOf = (patients: readonly string[], groups: readonly ReadonlySet<string>[]): string[] =>
  patients.filter((patient) => groups.some((group) => group.has(patient)));

interface Holder {
  readonly id: string;
  /** Its records that are left. */
  readonly live: readonly string[];
  /** Those in the group. */
  readonly held: readonly string[];
  /** Of the group, all records. */
  readonly patients: ReadonlySet<string>;
}

/** Of two claims of as many records the one that a decision names goes before, whichever record is placed. */
const betweenEquals = 0.25;

function claimOf(
  { placed, wanted = [], former = nothing }: Assignment,
  { group, person, persons }: { group: number; person: Holder; persons: readonly Holder[] },
): Claim {
  const { id, live, held, patients } = person;
  const claim = { group, id, first: true, wish: 0 };
  // Nobody else asks for the group and it is the only one that this Person could have: nothing is to be decided.
  if (persons.length === 1 && live.length === held.length) return { ...claim, strength: Infinity };
  const others = new Set((former.get(id) ?? []).flatMap(({ members }) => members));
  const own = held.filter((patient) => !others.has(patient));
  const strength = own.length - (own.includes(placed) ? 0.5 : 0) + held.length / 10_000;
  const place = wanted.findIndex((wish) => wish.person === id && namedIn(wish, patients).size > 0);
  const wish = wanted[place];
  if (!wish) return { ...claim, strength };
  const named = namedIn(wish, patients);
  const joined = persons.filter(({ held: theirs }) => theirs.some((patient) => named.has(patient)));
  const all = wish.kind === 'link' ? joined.flatMap(({ held: theirs }) => theirs) : [];
  const speaking = new Set([...held, ...named, ...all]).size;
  return { ...claim, strength: Math.max(strength, speaking) + betweenEquals, wish: wanted.length - place };
}

/** Records of a group that a decision gives to its Person: of a link only such as it joins there. */
const namedIn = ({ pairs }: Wanted, patients: ReadonlySet<string>): ReadonlySet<string> =>
  new Set(pairs.filter((pair) => pair.every((id) => patients.has(id))).flat());

/** Persons that come back where most of their records are in a group. */
function formerClaims(
  { wanted = [], former = nothing, before }: Assignment,
  { group, groups, into }: { group: number; groups: readonly ReadonlySet<string>[]; into: string },
): Claim[] {
  const patients = groups[group] ?? new Set<string>();
  const formers = former.get(into) ?? [];
  const theirs = new Set(formers.flatMap(({ members }) => members));
  const holder = before.find(({ id }) => id === into)?.members ?? [];
  const hasOwn = holder.some(({ patient }) => patients.has(patient) && !theirs.has(patient));
  const claims: Claim[] = [];
  for (const { id, members } of formers) {
    const live = liveOf(members, groups);
    const shared = live.filter((patient) => patients.has(patient)).length;
    if (2 * shared <= live.length) continue;
    const place = wanted.findIndex((wish) => wish.person === id && namedIn(wish, patients).size > 0);
    const first = place >= 0 && !hasOwn;
    const likeness = shared / (patients.size + live.length - shared);
    const wish = place < 0 ? 0 : wanted.length - place;
    claims.push({ group, id, first, strength: first ? shared + betweenEquals : likeness, wish });
  }
  return claims;
}

/** Id of the Person that has most of the records; of equals the usual one, else the oldest. */
function placeOfMost(
  after: readonly Person[],
  patients: ReadonlySet<string>,
  usual?: string,
): string | undefined {
  const counts = after
    .map(({ id, members }) => ({ id, n: members.filter(({ patient }) => patients.has(patient)).length }))
    .filter(({ n }) => n > 0);
  const rank = (id: string): string => (id === usual ? '' : id);
  return counts.sort((one, other) => other.n - one.n || (rank(one.id) < rank(other.id) ? -1 : 1))[0]?.id;
}

const retired = (id: string, mergedInto: string | undefined): Person => ({
  id,
  active: false,
  members: [],
  ...(mergedInto === undefined ? {} : { mergedInto }),
});

/** Merged-away Persons whose records are no longer where their id leads to. */
function pointedAnew(former: ReadonlyMap<string, readonly Former[]>, after: readonly Person[]): Person[] {
  const active = new Set(after.map(({ id }) => id));
  const gone = [...former.values()].flat().filter(({ id }) => !active.has(id));
  const next = new Map(gone.map(({ id, mergedInto }) => [id, mergedInto]));
  const endOf = (id: string): string => {
    let end = id;
    for (let hop = 0; hop < gone.length && next.has(end); hop++) end = next.get(end) ?? end;
    return end;
  };
  const back = [...former.values()].flat().filter(({ id }) => active.has(id));
  const theirs = new Set(back.flatMap(({ members }) => members));
  return gone.flatMap(({ id, members }) => {
    const own = members.filter((patient) => !theirs.has(patient));
    const end = endOf(id);
    const place = placeOfMost(after, new Set(own.length > 0 ? own : members), end);
    return place === undefined || place === end ? [] : [retired(id, place)];
  });
}
