import type { FeatureRecord } from '../../features.js';
import type { Scorer } from '../../scorer.js';
import { fieldReasons } from '../records/field-reasons.js';
import { reviewTaskId } from '../records/review-task.js';
import type { WorkingSet } from '../held/working-set.js';

/** Two versions of one Patient. */
export interface Overlay {
  readonly patient: string;
  readonly before: { readonly record: FeatureRecord; readonly versionId: number };
  readonly after: { readonly record: FeatureRecord; readonly versionId: number };
}

const told = ['given', 'birthDate', 'identifier'];

/**
 * Opens a Task where nothing of name, birth date and id is left in the new version and at least two of them were told
 * in both: its source may have written one person over another. A correction leaves one of the three as it was, or
 * near it.
 */
export async function suspectOverlay(
  set: WorkingSet,
  { scorer, now }: { readonly scorer: Scorer; readonly now: () => string },
  { patient, before, after }: Overlay,
): Promise<void> {
  const { fields, posterior } = scorer.explain(before.record, after.record);
  const agreements = fields.filter(({ field }) => told.includes(field)).map(({ agreement }) => agreement);
  const other = agreements.filter((agreement) => agreement === 'disagree').length;
  if (other < 2 || agreements.some((agreement) => agreement !== 'disagree' && agreement !== 'absent')) return;
  const id = reviewTaskId(patient, patient);
  const task = await set.task(id);
  set.putTask({
    id,
    code: 'overlay',
    status: 'requested',
    first: patient,
    second: patient,
    posterior: Number(posterior.toFixed(4)),
    fields: fieldReasons(fields),
    authoredOn: task?.authoredOn ?? now(),
    notes: task?.notes ?? [],
    versions: { before: before.versionId, after: after.versionId },
  });
}

/** The Patient is gone: whose it was is no longer in question. */
export async function dropOverlay(set: WorkingSet, patient: string): Promise<void> {
  for (const task of await set.openTasksOf([patient])) {
    if (task.code === 'overlay') set.putTask({ ...task, status: 'cancelled' });
  }
}
