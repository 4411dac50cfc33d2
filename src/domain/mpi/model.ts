import { type TermCounts } from './frequencies.js';

/** Everything a node learnt from its own data: plain data, kept as JSON. */
export interface MatchModel {
  readonly version: string;
  /** Name of the schema whose fields these are. */
  readonly schema: string;
  /** How many records there were when the priors were learnt, a sample's whole; absent where it is not known. */
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
 * The model for an index of another size. A person has about as many records, and as many relatives, in a large index as
 * in a small one, so that a random pair is of one person the less often the more records there are. An index of fewer
 * than 10,000 counts as one of these: what it does not hold yet says nothing about who else has the name.
 */
export function scaleModel(model: MatchModel, records: number): MatchModel {
  if (model.records === undefined) return model;
  const { prior, relativesPrior = 0 } = model;
  const size = Math.max(records, smallestIndex);
  const scale = Math.min(model.records / size, mostPrior / (prior + relativesPrior));
  return {
    ...model,
    records: size,
    prior: prior * scale,
    ...(model.relativesPrior !== undefined && { relativesPrior: relativesPrior * scale }),
  };
}

const smallestIndex = 10_000;
/** Share of random pairs that are of one person or of relatives, at most. */
const mostPrior = 0.1;
