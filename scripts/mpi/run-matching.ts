import {
  type Candidates,
  createScorer,
  type FeatureRecord,
  findCandidates,
  matchRecords,
  type MatchModel,
  type MatchResult,
  type Schema,
  train,
} from '../../src/domain/mpi/index.js';
import { createRandom } from '../region/random.js';
import { type Agreement, countAgreement, type Pair } from './count-agreement.js';

/** Records with known truth, to be matched in one file or across two. */
export interface MatchingCase {
  readonly name: string;
  readonly schema: Schema;
  readonly records: readonly FeatureRecord[];
  /** The person of each record. */
  readonly truth: readonly string[];
  /** Where the second of two files begins. */
  readonly boundary?: number;
  /** Pairs that are judged by themselves too. */
  readonly parts?: readonly CasePart[];
  /** What is wrong with a pair of one person. */
  readonly classOf?: (pair: Pair) => string;
}

export interface CasePart {
  readonly name: string;
  readonly counts: (pair: Pair) => boolean;
  readonly floors: Floors;
}

/** What a run must reach, each a share of 1. */
export interface Floors {
  readonly precision?: number;
  readonly recall?: number;
  readonly f1?: number;
}

export interface MatchingRun {
  readonly matching: MatchingCase;
  readonly candidates: Candidates;
  readonly model: MatchModel;
  readonly result: MatchResult;
  readonly agreement: Agreement;
  /** Share of the true pairs that are candidates. */
  readonly completeness: number;
  /** Processor seconds. */
  readonly trainingSeconds: number;
  /** Scored in a second of one core: the best of three turns, as other processes may hold the core. */
  readonly pairsPerSecond: number;
}

/** Blocks of more records make no candidates. */
const largestBlock = 200;
const turns = 3;
const pairsInTurn = 100_000;

/** Finds candidates, trains without labels, matches by the fixed threshold, and only then looks at the truth. */
export function runMatching(matching: MatchingCase): MatchingRun {
  const { schema, records, truth, boundary } = matching;
  const across = boundary === undefined ? {} : { boundary };
  const candidates = findCandidates(records, { largestBlock, ...across });
  const started = processorSeconds();
  const { next: random } = createRandom('check-mpi');
  const model = train({ schema, records, candidates, ...across, random, version: '1' });
  const trainingSeconds = processorSeconds() - started;
  const result = matchRecords({ schema, records, candidates, ...across, model });
  const counts = ([first, second]: Pair): boolean =>
    boundary === undefined || (first < boundary && second >= boundary);
  const agreement = countAgreement({ truth, answer: result.clusterOf, counts });
  return {
    matching,
    candidates,
    model,
    result,
    agreement,
    completeness: countTrue(candidates, truth) / agreement.truePairs,
    trainingSeconds,
    pairsPerSecond: measureScoring({ matching, candidates, model }),
  };
}

const processorSeconds = (): number => process.cpuUsage().user / 1e6;

function countTrue({ first, second }: Candidates, truth: readonly string[]): number {
  return first.reduce((sum, index, row) => sum + Number(truth[index] === truth[second[row] ?? 0]), 0);
}

function measureScoring({
  matching: { schema, records },
  candidates: { first, second },
  model,
}: Pick<MatchingRun, 'matching' | 'candidates' | 'model'>): number {
  const scorer = createScorer(schema, model);
  const rates = Array.from({ length: turns }, () => {
    const started = processorSeconds();
    for (let pair = 0; pair < pairsInTurn; pair++) {
      const row = pair % first.length;
      const [one, other] = [records[first[row] ?? 0], records[second[row] ?? 0]];
      if (one && other) scorer.score(one, other);
    }
    return pairsInTurn / (processorSeconds() - started);
  });
  return Math.max(...rates);
}
