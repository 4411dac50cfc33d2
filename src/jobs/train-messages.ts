import type { MatchModel } from '../domain/mpi/index.js';

/** What the person index keeps of one Patient. */
export interface PatientFactsText {
  /** The Patient's id. */
  readonly id: string;
  /** JSON of its PatientIdentity. */
  readonly facts: string;
}

/** One Patient of the sample, in the place of an earlier one where there is one. */
export interface SampleRow extends PatientFactsText {
  readonly slot: number;
}

export type TrainingRequest =
  | { readonly kind: 'sample'; readonly rows: readonly SampleRow[] }
  /** `total`: how many Patients the sample was drawn from. */
  | { readonly kind: 'train'; readonly version: string; readonly seed: string; readonly total: number };

/** What training is at; `done` counts Patients read, then those whose features are made. */
export interface TrainingProgress {
  readonly step: 'reading' | 'features' | 'candidates' | 'training';
  readonly done: number;
  /** Absent while reading: how many there are shows at the end. */
  readonly total?: number;
}

export interface TrainingMeasures {
  /** Patients that were learnt from. */
  readonly records: number;
  /** Those that the sample was drawn from. */
  readonly total: number;
  /** Of the sample, those whose facts could not be read. */
  readonly unreadable: number;
  /** Pairs that were compared. */
  readonly candidates: number;
  readonly blocksCut: number;
  /** From the last Patient read to the model. */
  readonly seconds: number;
  /** The most memory of the worker, as seen between its steps. */
  readonly peakBytes: number;
}

export interface TrainedModel {
  readonly model: MatchModel;
  readonly measured: TrainingMeasures;
}

export type TrainingReply =
  | { readonly kind: 'taken' }
  | { readonly kind: 'progress'; readonly progress: TrainingProgress }
  | ({ readonly kind: 'trained' } & TrainedModel)
  /** `reason` holds nothing of what was read. */
  | { readonly kind: 'failed'; readonly reason: string };
