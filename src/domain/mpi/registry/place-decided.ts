import { placePatient, type PlacingDeps } from './place-patient.js';
import type { WorkingSet } from './working-set.js';

/** Placing one Patient may free another one: all are placed again until nothing moves, but not for ever. */
const mostRounds = 5;

/** Places the Patients that a decision names anew. Throws where the signal ends it. */
export async function placeDecided(
  set: WorkingSet,
  deps: PlacingDeps,
  patients: readonly string[],
): Promise<void> {
  const unique = [...new Set(patients)].sort();
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

const stateOf = ({ persons }: WorkingSet): string =>
  JSON.stringify([...persons].map(([id, { value }]) => [id, value]));
