import { fhirError } from '../../../../fhir/fhir-error.js';
import type { WriteContext } from '../../../records/index.js';
import { effectText } from './effect-text.js';
import { explainPair, explainVersions, type PairExplanation } from './explain-pair.js';
import { foreseeChoices, type ForeseenChoice } from './foresee-choices.js';
import { readReviewTask, reviewTaskId, type ReviewTask } from '../records/review-task.js';
import type { StewardCommitDeps } from './steward-commit.js';
import { refusal } from './steward-persons.js';

/** A pair with what a steward may choose of it. */
export interface ExplainedPair extends PairExplanation {
  /** `Patient/…` of a pair, `Patient/…/_history/…` of an overlay. */
  readonly records: readonly [string, string];
  /** Id of the Task of the queue that asks about the two; without one there is nothing to choose. */
  readonly task?: string;
  readonly choices: readonly ToldChoice[];
}

export interface ToldChoice extends ForeseenChoice {
  readonly text: string;
}

/** Without the choices. Throws as explainPair. */
export async function explainAlone(
  deps: StewardCommitDeps,
  [first, second]: readonly [string, string],
): Promise<ExplainedPair> {
  const explanation = await explainPair(deps, first, second);
  return { ...explanation, records: [`Patient/${first}`, `Patient/${second}`], choices: [] };
}

/** Throws as explainPair. */
export async function explainWithChoices(
  deps: StewardCommitDeps,
  context: WriteContext,
  pair: readonly [string, string],
): Promise<ExplainedPair> {
  const explained = await explainAlone(deps, pair);
  const [version] = await deps.store.read([{ type: 'Task', id: reviewTaskId(...pair) }]);
  const task = version && !version.deleted ? readReviewTask(version.body) : undefined;
  return task ? { ...explained, ...(await choicesTold(deps, context, task)) } : explained;
}

/** Throws `not-found` for no Task, `business-rule` for one that is none of the queue; and as explainPair. */
export async function explainTask(
  deps: StewardCommitDeps,
  context: WriteContext,
  id: string,
): Promise<ExplainedPair> {
  const [version] = await deps.store.read([{ type: 'Task', id }]);
  if (!version || version.deleted) throw fhirError('not-found', 'not-found', 'No such Task at this node');
  const task = readReviewTask(version.body);
  if (!task) throw refusal('This Task is none of the steward’s queue');
  const { first, second, versions } = task;
  if (!versions) return explainWithChoices(deps, context, [first, second]);
  const recordAt = (number: number): string => `Patient/${first}/_history/${String(number)}`;
  return {
    ...(await explainVersions(deps, first, versions)),
    records: [recordAt(versions.before), recordAt(versions.after)],
    ...(await choicesTold(deps, context, task)),
  };
}

async function choicesTold(
  deps: StewardCommitDeps,
  context: WriteContext,
  task: ReviewTask,
): Promise<Pick<ExplainedPair, 'task' | 'choices'>> {
  const choices = await foreseeChoices(deps, context, task);
  return { task: task.id, choices: choices.map((choice) => ({ ...choice, text: effectText(choice, task) })) };
}
