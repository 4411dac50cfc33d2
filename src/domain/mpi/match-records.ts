import { type Candidates } from './candidates.js';
import { clusterLinks, type Conflict, type DecidedPairs } from './cluster.js';
import { type FeatureRecord, type Schema } from './features.js';
import { isOneToOne, matchOneToOne } from './link-files.js';
import { linkPosterior, type MatchModel, reviewPosterior, weightOf } from './model.js';
import { scorePairs, type ScoredPairs } from './scored-pairs.js';
import { createScorer } from './scorer.js';
import { isUnlikely } from './unlikely-agreement.js';

export interface MatchInput {
  readonly schema: Schema;
  readonly records: readonly FeatureRecord[];
  readonly candidates: Candidates;
  /** Where the second of two files begins: their links join them; without it records of one file are joined. */
  readonly boundary?: number;
  readonly model: MatchModel;
  /** What people have decided of pairs, by their indexes, candidates or not: it stands over the model. */
  readonly decided?: DecidedPairs;
}

export interface MatchResult {
  /** Of each record: the lowest index among the records of its person. */
  readonly clusterOf: Uint32Array;
  readonly reviews: readonly PossibleLink[];
}

/** A pair for a steward: likely enough to be looked at, or a link that a constraint forbids. */
export interface PossibleLink {
  readonly first: number;
  readonly second: number;
  readonly weight: number;
  readonly conflict?: Conflict;
}

/** Weight from which a pair counts as sure when it is asked whether files link one to one. */
const sureWeight = weightOf(0.999);
/** Weight below which a pair can't become a possible link, whatever competes with it and however the prior moves. */
const leastWeight = -10;

const nothing: FeatureRecord = { id: '', values: [], blockingKeys: [] };

/** Which records are of one person, by the one fixed threshold, and what a steward has to look at. */
export function matchRecords({ decided, ...input }: MatchInput): MatchResult {
  const { schema, records, candidates, boundary, model } = input;
  const scorer = createScorer(schema, model);
  const scored = scorePairs(candidates, { records, scorer, least: leastWeight });
  const pairs =
    boundary !== undefined && isOneToOne(scored, sureWeight)
      ? competing(scored, { sizes: [boundary, records.length - boundary], prior: model.prior })
      : scored;
  const recordAt = (index = 0): FeatureRecord => records[index] ?? nothing;
  const { clusterOf, conflicts } = clusterLinks(pairs, {
    schema,
    records,
    threshold: weightOf(linkPosterior),
    weigh: (first, second) => scorer.score(recordAt(first), recordAt(second)),
    isUnlikely: (row) =>
      isUnlikely(schema, scorer.explain(recordAt(pairs.first[row]), recordAt(pairs.second[row])).fields),
    ...(decided && { decided }),
  });
  const conflictOf = new Map(conflicts.map(({ row, conflict }) => [row, conflict]));
  const reviews: PossibleLink[] = [];
  pairs.weight.forEach((weight, row) => {
    const [first, second] = [pairs.first[row] ?? 0, pairs.second[row] ?? 0];
    if (weight < weightOf(reviewPosterior) || clusterOf[first] === clusterOf[second]) return;
    const conflict = conflictOf.get(row);
    reviews.push({ first, second, weight, ...(conflict && { conflict }) });
  });
  return { clusterOf, reviews };
}

function competing(
  pairs: ScoredPairs,
  options: { readonly sizes: readonly [number, number]; readonly prior: number },
): ScoredPairs {
  const posteriors = matchOneToOne(pairs, { ...options, threshold: linkPosterior });
  return { ...pairs, weight: posteriors.map(weightOf) };
}
