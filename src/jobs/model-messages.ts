import type { MatchModel, PartitionChange, StandingDecision } from '../domain/mpi/index.js';

/** One Patient as it is stored. */
export interface PatientText {
  readonly id: string;
  /** JSON of the Patient. */
  readonly body: string;
}

/** One Patient of the sample, in the place of an earlier one where there is one. */
export interface SampleRow extends PatientText {
  readonly slot: number;
}

/** What is asked of the sample; `total`: how many Patients it was drawn from. `today` is YYYY-MM-DD. */
export type ModelTask =
  | {
      readonly kind: 'train';
      readonly version: string;
      readonly seed: string;
      readonly today: string;
      readonly total: number;
    }
  | {
      readonly kind: 'preview';
      readonly before: MatchModel;
      readonly after: MatchModel;
      readonly decisions: readonly StandingDecision[];
      readonly today: string;
      readonly total: number;
    };

export type ModelRequest = { readonly kind: 'sample'; readonly rows: readonly SampleRow[] } | ModelTask;

/** What a job is at; `done` counts Patients read, then those whose features are made. */
export interface ModelProgress {
  readonly step: 'reading' | 'features' | 'candidates' | 'training' | 'matching';
  readonly done: number;
  /** Absent while reading: how many there are shows at the end. */
  readonly total?: number;
}

export interface SampleMeasures {
  /** Patients that were looked at. */
  readonly records: number;
  /** Those that the sample was drawn from. */
  readonly total: number;
  /** Of the sample, those that could not be read. */
  readonly unreadable: number;
  /** Pairs that were compared. */
  readonly candidates: number;
  readonly blocksCut: number;
  /** From the last Patient read to the outcome. */
  readonly seconds: number;
  /** The most memory of the worker, as seen between its steps. */
  readonly peakBytes: number;
}

export interface TrainedModel {
  readonly model: MatchModel;
  readonly measured: SampleMeasures;
}

export interface ModelPreview {
  readonly change: PartitionChange;
  readonly measured: SampleMeasures;
}

export type ModelReply =
  | { readonly kind: 'taken' }
  | { readonly kind: 'progress'; readonly progress: ModelProgress }
  | ({ readonly kind: 'trained' } & TrainedModel)
  | ({ readonly kind: 'previewed' } & ModelPreview)
  /** The Patients teach no model; `reason` holds nothing of what was read. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** A fault of the program; `where` is the stack without its message. */
  | { readonly kind: 'failed'; readonly where: string };
