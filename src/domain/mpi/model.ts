import { type TermCounts } from './frequencies.js';

/** Everything a node learnt from its own data: plain data, kept as JSON. */
export interface MatchModel {
  readonly version: string;
  /** Name of the schema whose fields these are. */
  readonly schema: string;
  /** Records that it was learnt from; absent: unknown. */
  readonly records?: number;
  /** Probability that two records taken at random are of one person. */
  readonly prior: number;
  /** Probability that they are of relatives; without it the schema knows no households. */
  readonly relativesPrior?: number;
  readonly fields: readonly FieldModel[];
  readonly terms: readonly TermCounts[];
}

/** Probabilities of the levels of a field, in their order; the absent level's are 1 and 1: no evidence. */
export interface FieldModel {
  readonly name: string;
  /** Among pairs of one person. */
  readonly m: readonly number[];
  /** Among pairs of different persons. */
  readonly u: readonly number[];
  /** Among pairs of relatives. */
  readonly r?: readonly number[];
}

/** Posterior from which a pair is a link, the same for every data set. */
export const linkPosterior = 0.9;
/** Posterior below which a link joins groups only if their records bear it out together. */
export const groupPosterior = 0.95;
/** Posterior from which a pair that is no link is a possible link, for clerical review. */
export const reviewPosterior = 0.1;

export const oddsOf = (probability: number): number => probability / (1 - probability);

/** Match weight, in bits, of a posterior: log2 of its odds. */
export const weightOf = (posterior: number): number => Math.log2(oddsOf(posterior));

export const posteriorOf = (weight: number): number => 1 / (1 + 2 ** -weight);

/**
 * A model for so many records as there are now. Each record has about as many partners whatever the number of records,
 * so that among n times as many a random pair is n times less likely to be of one person, or of relatives. A model is
 * never widened: below the number that it was learnt from it stays as it is.
 */
export function scaleModel(model: MatchModel, records: number): MatchModel {
  const share = model.records === undefined ? 1 : Math.min(1, model.records / Math.max(records, 1));
  const { prior, relativesPrior } = model;
  return {
    ...model,
    prior: prior * share,
    ...(relativesPrior === undefined ? {} : { relativesPrior: relativesPrior * share }),
  };
}
