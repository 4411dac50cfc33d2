import { findCandidates, limitBlocks } from './candidates.js';
import { comparePartitions, type Partition, type PartitionChange } from './compare-partitions.js';
import { type FeatureRecord } from './features.js';
import { matchRecords } from './match-records.js';
import { type MatchModel, scaleModel } from './model.js';
import { patientSchema } from './patient/patient-schema.js';
import { decidedPairs, type StandingDecision } from './registry/records/decision.js';

export interface PreviewInput {
  /** Features of Patients, a sample of all. */
  readonly records: readonly FeatureRecord[];
  /** How many Patients there are. */
  readonly total: number;
  readonly before: MatchModel;
  readonly after: MatchModel;
  /** What people decided and sources say of their own records: it stands, whichever model is in use. */
  readonly decisions?: readonly StandingDecision[];
  /** Told before each step. */
  readonly onStep?: (step: 'candidates' | 'matching') => void;
}

export interface Preview {
  readonly change: PartitionChange;
  readonly candidates: number;
  readonly blocksCut: number;
}

/** As large as the blocks out of which a node takes its candidates. */
const largestBlock = 50;
const mostPairs = 4_000_000;

/**
 * Which links among these records one model makes and the other does not, both scaled to the whole index. Of decisions
 * that name records outside the sample, only what they say of pairs within it counts.
 */
export function previewChange({ records, total, before, after, ...input }: PreviewInput): Preview {
  const { decisions = [], onStep } = input;
  onStep?.('candidates');
  const candidates = findCandidates(records, {
    largestBlock: limitBlocks(records, { largestBlock, mostPairs }),
  });
  const places = new Map(records.map(({ id }, place) => [id, place]));
  const within = decisions.map((decision) => {
    // A link also ties the records of one group to one another, while a pair across stands: one is left for that.
    const [one = [], other = []] = decision.groups.map((group) => {
      const inSample = group.filter((id) => places.has(id));
      return inSample.length > 0 ? inSample : group.slice(0, 1);
    });
    return { ...decision, groups: [one, other] as const };
  });
  const decided = decidedPairs(within, places);
  const partitionBy = (model: MatchModel): Partition => {
    onStep?.('matching');
    const { clusterOf } = matchRecords({
      schema: patientSchema,
      records,
      candidates,
      model: scaleModel(model, total),
      decided,
    });
    return new Map(records.map(({ id }, place) => [id, String(clusterOf[place])]));
  };
  const change = comparePartitions(partitionBy(before), partitionBy(after));
  return { change, candidates: candidates.first.length, blocksCut: candidates.cut.blocks };
}
