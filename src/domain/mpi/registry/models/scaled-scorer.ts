import type { Store } from '../../../../ports/store.js';
import { scaleModel, type MatchModel } from '../../model.js';
import { patientSchema } from '../../patient/patient-schema.js';
import { createScorer, type Scorer } from '../../scorer.js';

/** The Patients are counted again after so long at the earliest, and after so many times as long as counting took. */
const recountMs = 5_000;
const recountTimes = 50;
/** Growth that makes a new scorer. */
const growth = 1.1;

/** Asks for the scorer of the model of today, made for as many Patients as are enrolled now. */
export function createScaledScorer(
  store: Pick<Store, 'countEnrolled'>,
  model: () => Promise<MatchModel>,
): () => Promise<Scorer> {
  let made: { readonly model: MatchModel; readonly scorer: Scorer; readonly records: number } | undefined;
  let [records, dueMs] = [0, -Infinity];
  return async () => {
    if (performance.now() >= dueMs) {
      const startedMs = performance.now();
      const rows = await store.countEnrolled();
      records = rows.reduce((sum, { n }) => sum + n, 0);
      const tookMs = performance.now() - startedMs;
      dueMs = performance.now() + Math.max(recountMs, recountTimes * tookMs);
    }
    const current = await model();
    if (made?.model !== current || records > made.records * growth) {
      made = {
        model: current,
        records: Math.max(records, 1),
        scorer: createScorer(patientSchema, scaleModel(current, records)),
      };
    }
    return made.scorer;
  };
}
