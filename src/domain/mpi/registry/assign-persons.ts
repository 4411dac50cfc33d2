import type { Member, Person } from './person.js';

export interface Assignment {
  /** Persons that the records belonged to before; with all their members among the partition's. */
  readonly before: readonly Person[];
  readonly partition: readonly (readonly Member[])[];
  /** The record that was placed: where it goes elsewhere, those that it leaves keep the Person. */
  readonly placed: string;
  /** Person that a human wants to go on or to come back, with the records that are its own. */
  readonly wanted?: { readonly person: Person; readonly members: readonly string[] };
  readonly newId: () => string;
}

/**
 * The Persons as they stand afterwards. A person keeps its id for life: each group of records goes on under the id that
 * most of its records had, of equals the oldest (ids are UUIDs of version 7: they sort by time). A Person whose records
 * went on elsewhere is merged into where most of them are; one without any record left is retired.
 */
export function assignPersons(assignment: Assignment): Person[] {
  const { before, partition, newId } = assignment;
  const claims = claimsOf(assignment);
  const idOf = new Map<number, string>();
  const taken = new Set<string>();
  for (const { group, id } of claims) {
    if (idOf.has(group) || taken.has(id)) continue;
    idOf.set(group, id);
    taken.add(id);
  }
  const after = partition.map((members, group): Person => {
    const id = idOf.get(group) ?? newId();
    return { id, active: true, members };
  });
  const placeOf = new Map(after.flatMap(({ id, members }) => members.map(({ patient }) => [patient, id])));
  const left = before.filter(({ id }) => !taken.has(id)).map((person) => retire(person, placeOf));
  return [...after, ...left];
}

interface Claim {
  readonly group: number;
  readonly id: string;
  readonly records: number;
}

/** Which group has how many records of which Person, the strongest claim first. */
function claimsOf({ before, partition, placed, wanted }: Assignment): Claim[] {
  const claims: Claim[] = [];
  for (const [group, members] of partition.entries()) {
    const patients = new Set(members.map(({ patient }) => patient));
    for (const { id, members: held } of before) {
      const records = held
        .filter(({ patient }) => patients.has(patient))
        .reduce((sum, { patient }) => sum + (patient === placed ? 0.5 : 1), 0);
      if (records > 0) claims.push({ group, id, records });
    }
    const records = wanted?.members.filter((patient) => patients.has(patient)).length ?? 0;
    if (wanted && records > 0) claims.push({ group, id: wanted.person.id, records: Infinity });
  }
  return claims.sort((one, other) => other.records - one.records || (one.id < other.id ? -1 : 1));
}

function retire({ id, members }: Person, placeOf: ReadonlyMap<string, string>): Person {
  const counts = new Map<string, number>();
  for (const { patient } of members) {
    const place = placeOf.get(patient);
    if (place !== undefined) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  const [into] = [...counts].sort((one, other) => other[1] - one[1] || (one[0] < other[0] ? -1 : 1));
  return { id, active: false, members: [], ...(into ? { mergedInto: into[0] } : {}) };
}
