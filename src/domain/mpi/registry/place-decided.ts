import type { Decision } from './decision.js';
import { mostInGroup } from './person-size.js';
import { placePatient, type PlacingDeps } from './place-patient.js';
import type { WorkingSet } from './working-set.js';

/** Placing one Patient may free another one: all are placed again until nothing moves, but not for ever. */
const mostRounds = 5;

/**
 * Places the Patients that decisions name anew. Of a group that is too large to be partitioned nobody: whatever a decision
 * changes is a pair, and has one record in the other group.
 */
export async function placeDecided(
  set: WorkingSet,
  deps: PlacingDeps,
  decided: readonly Decision['groups'][],
): Promise<void> {
  const unique = [...new Set(decided.flatMap(placedOf))].sort();
  for (let round = 0, before = ''; round < mostRounds; round++) {
    for (const patient of unique) {
      await placePatient(set, deps, { patient, blockingKeys: await set.keysOf(patient), isNew: false });
    }
    const after = stateOf(set);
    if (after === before) return;
    before = after;
  }
}

function placedOf(groups: Decision['groups']): readonly string[] {
  const [smaller, larger] = [...groups].sort((one, other) => one.length - other.length);
  return (larger?.length ?? 0) > mostInGroup ? (smaller ?? []) : groups.flat();
}

const stateOf = ({ persons }: WorkingSet): string =>
  JSON.stringify([...persons].map(([id, { value }]) => [id, value]));
