import type { Former } from './assign-persons.js';
import type { Member, Person } from '../records/person.js';
import type { WorkingSet } from '../held/working-set.js';

/** So many merged-away Persons are looked at; a person has a handful. */
const most = 200;

/**
 * The Persons that were merged into one whose records do not stay together, each with the records of its last version
 * as a person of its own: what the parts may be again. None is read while records stay where they are.
 */
export async function formersOf(
  set: WorkingSet,
  before: readonly Person[],
  partition: readonly (readonly Member[])[],
): Promise<ReadonlyMap<string, readonly Former[]>> {
  const placeOf = new Map(
    partition.flatMap((members, place) => members.map(({ patient }) => [patient, place] as const)),
  );
  const formers = new Map<string, Former[]>();
  for (const { id, members } of before) {
    const places = new Set(members.map(({ patient }) => placeOf.get(patient)));
    places.delete(undefined);
    if (places.size > 1) formers.set(id, await mergedInto(set, id));
  }
  return formers;
}

/** Directly, or by way of others. */
async function mergedInto(set: WorkingSet, id: string): Promise<Former[]> {
  const found = new Map<string, Former>();
  for (let targets = [id]; targets.length > 0 && found.size < most;) {
    const persons = (await Promise.all(targets.map((target) => set.mergedInto(target)))).flat();
    const added = persons.filter((person) => !found.has(person.id));
    for (const { id: former, mergedInto: into = id } of added) {
      found.set(former, { id: former, mergedInto: into, members: await set.lastMembers(former) });
    }
    targets = added.map((person) => person.id);
  }
  return [...found.values()];
}
