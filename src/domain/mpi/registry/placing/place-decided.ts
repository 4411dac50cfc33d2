import type { Decision } from '../records/decision.js';
import { placePatient, type PlacingDeps } from './place-patient.js';
import type { WorkingSet } from '../held/working-set.js';

/** Placing one Patient may free another one: all are placed again until nothing moves, but not for ever. */
const mostRounds = 5;

/**
 * Places the Patients that decisions name anew. Of a large group nobody, but those of the other: whatever pair a
 * decision changes has a record there, and each placement looks at all records of its person. (A record of the larger
 * group that is of another person by now stays there.) Throws where the signal ends it.
 */
export async function placeDecided(
  set: WorkingSet,
  deps: PlacingDeps,
  decided: readonly Decision['groups'][],
): Promise<void> {
  const unique = [...new Set(decided.flatMap(placedOf))].sort();
  for (let round = 0, before = ''; round < mostRounds; round++) {
    for (const patient of unique) {
      deps.signal?.throwIfAborted();
      await placePatient(set, deps, { patient, blockingKeys: await set.keysOf(patient), isNew: false });
    }
    const after = stateOf(set);
    if (after === before) return;
    before = after;
  }
}

/** Records of one of a decision's groups that are placed as well as those of a smaller one. */
const mostPlaced = 50;

function placedOf(groups: Decision['groups']): readonly string[] {
  const [smaller, larger] = [...groups].sort((one, other) => one.length - other.length);
  return (larger?.length ?? 0) > mostPlaced ? (smaller ?? []) : groups.flat();
}

const stateOf = ({ persons }: WorkingSet): string =>
  JSON.stringify([...persons].map(([id, { value }]) => [id, value]));
