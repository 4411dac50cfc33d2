import type { HistoryPage, HistoryResult, Store } from '../../../../ports/store.js';
import type { WriteContext } from '../../../records/index.js';
import type { MatchModel } from '../../model.js';
import { decisionHistory } from './decision-history.js';
import { explainAlone, explainTask, explainWithChoices, type ExplainedPair } from './explain-task.js';
import { exportLabels } from './export-labels.js';
import { createScaledScorer } from '../models/scaled-scorer.js';
import type { StewardAnswer, StewardCommitDeps } from './steward-commit.js';
import {
  linkPatient,
  mergePersons,
  unlinkPatient,
  unmergePerson,
  type MergeRequest,
  type PatientRequest,
  type PersonRequest,
} from './steward-persons.js';
import { decideTask, type DecideRequest } from './steward-tasks.js';

export interface StewardDeps extends Omit<StewardCommitDeps, 'scorer'> {
  readonly store: StewardCommitDeps['store'] & Pick<Store, 'countEnrolled'>;
  readonly model: () => Promise<MatchModel>;
}

/**
 * What a steward does about who is who. Each decision is one commit: the Linkage that tells it, its effect on Persons
 * and Tasks where this node is the identity domain, and the audit row. All throw FhirError: `not-found` for what the
 * path names, `version-mismatch` for a stale If-Match, `business-rule` with the reason for what can't be.
 */
export interface Steward {
  merge(context: WriteContext, request: MergeRequest): Promise<StewardAnswer>;
  /** Restores a merged-away Person with the records of its last version, as far as they are still where it went. */
  unmerge(context: WriteContext, request: PersonRequest): Promise<StewardAnswer>;
  link(context: WriteContext, request: PatientRequest): Promise<StewardAnswer>;
  unlink(context: WriteContext, request: PatientRequest): Promise<StewardAnswer>;
  decide(context: WriteContext, request: DecideRequest): Promise<StewardAnswer>;
  /** Why two Patients are, or are not, one person, and what each choice of their Task would do now. */
  explain(
    context: WriteContext,
    pair: readonly [string, string],
    told: { readonly choices: boolean },
  ): Promise<ExplainedPair>;
  /** The same of the records that a Task asks about. */
  explainTask(context: WriteContext, task: string): Promise<ExplainedPair>;
  /** Versions of the Person and of the Linkages about its Patients, the newest first. */
  decisions(person: string, page: HistoryPage): Promise<HistoryResult>;
  /** NDJSON in chunks. */
  exportLabels(): AsyncIterable<string>;
}

export function createSteward(deps: StewardDeps): Steward {
  const { store } = deps;
  const scorer = createScaledScorer(store, deps.model);
  const commit = { ...deps, scorer };
  return {
    merge: (context, request) => mergePersons(commit, context, request),
    unmerge: (context, request) => unmergePerson(commit, context, request),
    link: (context, request) => linkPatient(commit, context, request),
    unlink: (context, request) => unlinkPatient(commit, context, request),
    decide: (context, request) => decideTask(commit, context, request),
    explain: (context, pair, { choices }) =>
      choices ? explainWithChoices(commit, context, pair) : explainAlone(commit, pair),
    explainTask: (context, task) => explainTask(commit, context, task),
    decisions: (person, page) => decisionHistory(store, person, page),
    exportLabels: () => exportLabels(store, scorer),
  };
}
