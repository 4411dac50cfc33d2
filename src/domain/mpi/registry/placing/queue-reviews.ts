import type { Scorer } from '../../scorer.js';
import { fieldReasons, type FieldReason } from '../records/field-reasons.js';
import { reviewTaskId, type Review, type ReviewTask } from '../records/review-task.js';
import type { WorkingSet } from '../held/working-set.js';

export interface QueueDeps {
  readonly scorer: Scorer;
  /** ISO instant. */
  readonly now: () => string;
}

/** Opens a Task a pair; one that a steward has decided or postponed is left as it is while nothing changes. */
export async function queueReviews(
  set: Pick<WorkingSet, 'known' | 'task' | 'putTask'>,
  { scorer, now }: QueueDeps,
  reviews: readonly Review[],
): Promise<void> {
  const known = await set.known([...new Set(reviews.flatMap(({ first, second }) => [first, second]))]);
  for (const review of reviews) {
    const [one, other] = [known.get(review.first), known.get(review.second)];
    const fields = one && other ? fieldReasons(scorer.explain(one.record, other.record).fields) : [];
    const id = reviewTaskId(review.first, review.second);
    const before = await set.task(id);
    const open = before?.status === 'requested' || before?.status === 'on-hold';
    set.putTask({
      ...review,
      ...(open ? toldAlready(before, review, fields) : {}),
      fields,
      id,
      code: codeOf(review),
      status: open ? before.status : 'requested',
      authoredOn: before?.authoredOn ?? now(),
      notes: before?.notes ?? [],
    });
  }
}

const codeOf = ({ conflict }: Review): 'possible-link' | 'conflict' =>
  conflict === undefined ? 'possible-link' : 'conflict';

/** A posterior of the same evidence that moves by less says nothing new. */
const leastMove = 0.01;

/** What stays of an open Task, whatever the index finds now. */
function toldAlready(
  before: ReviewTask,
  review: Review,
  fields: readonly FieldReason[],
): Partial<Pick<Review, 'conflict' | 'posterior'>> {
  // The prior moves as the index grows, and with it every posterior: the same question is no new version.
  const isSame =
    before.code === codeOf(review) &&
    JSON.stringify(before.fields) === JSON.stringify(fields) &&
    Math.abs(before.posterior - review.posterior) < leastMove;
  return {
    // Seen from other records of the two persons it may be another rule: the first reason stays.
    ...(before.conflict && review.conflict ? { conflict: before.conflict } : {}),
    ...(isSame ? { posterior: before.posterior } : {}),
  };
}
