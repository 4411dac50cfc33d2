import { findCandidates, limitBlocks } from './candidates.js';
import { type FeatureRecord } from './features.js';
import { type MatchModel } from './model.js';
import { doubtfulField } from './doubtful-field.js';
import { patientSchema } from './patient/patient-schema.js';
import { pruneModel } from './prune-model.js';
import { readModel } from './read-model.js';
import { seededRandom } from './seeded-random.js';
import { train } from './train.js';

export interface LearningInput {
  /** Features of Patients, a sample of all. */
  readonly records: readonly FeatureRecord[];
  /** How many Patients there are. */
  readonly total: number;
  readonly version: string;
  /** The same records and seed give the same model. */
  readonly seed: string;
  /** Told before each step. */
  readonly onStep?: (step: 'candidates' | 'training') => void;
}

export type LearningResult =
  | { readonly model: MatchModel; readonly candidates: number; readonly blocksCut: number }
  | { readonly model?: undefined; readonly reason: string };

/** Fewer records teach less than the built-in model knows. */
const leastRecords = 500;
const largestBlock = 200;
/** Pairs that are compared at most, about 60 bytes each: above, large blocks are cut until there are fewer. */
const mostPairs = 4_000_000;

/** A pruned model of a node's own Patients, or why they teach none. */
export function learnModel({ records, total, version, seed, onStep }: LearningInput): LearningResult {
  if (records.length < leastRecords)
    return {
      reason: `${count(records.length)} records are too few to learn from, ${count(leastRecords)} are needed`,
    };
  onStep?.('candidates');
  const limit = limitBlocks(records, { largestBlock, mostPairs });
  const candidates = findCandidates(records, { largestBlock: limit });
  onStep?.('training');
  const trained = train({ schema: patientSchema, records, candidates, random: seededRandom(seed), version });
  // A random pair of the sample is a random pair of all: the priors are theirs.
  const { model, reason } = readModel({ ...pruneModel(trained), records: total }, patientSchema);
  if (model === undefined) return { reason: `what was learnt is no model: ${reason}` };
  const doubtful = doubtfulField(model, patientSchema);
  return doubtful === undefined
    ? { model, candidates: candidates.first.length, blocksCut: candidates.cut.blocks }
    : {
        reason: `too few people have two records to learn from: pairs of one person would differ in "${doubtful}"`,
      };
}

const count = (value: number): string => value.toLocaleString('en');
