import { expect } from 'chai';

import { chineseCase } from '../../scripts/mpi/chinese-case.js';
import { countAgreement } from '../../scripts/mpi/count-agreement.js';
import { type MatchingCase } from '../../scripts/mpi/run-matching.js';
import { limitBlocks } from '../../src/domain/mpi/candidates.js';
import {
  builtInModel,
  type Candidates,
  createScorer,
  findCandidates,
  matchRecords,
  type MatchModel,
  patientSchema,
  pruneModel,
  readModel,
  scaleModel,
  seededRandom,
  train,
} from '../../src/domain/mpi/index.js';

interface Trained extends MatchingCase {
  readonly candidates: Candidates;
  readonly model: MatchModel;
}

let known: Trained | undefined;

/** A Chinese population and what it teaches. */
function population(): Trained {
  if (known) return known;
  const { matching } = chineseCase(3_000);
  const candidates = findCandidates(matching.records, { largestBlock: 200 });
  const random = seededRandom('models');
  return (known = {
    ...matching,
    candidates,
    model: train({ ...matching, candidates, random, version: '1' }),
  });
}

const countsOf = (model: MatchModel, vocabulary: string): Readonly<Record<string, number>> =>
  model.terms.find((terms) => terms.vocabulary === vocabulary)?.counts ?? {};

/** How right the records are matched by a model. */
function accuracyOf(model: MatchModel): { precision: number; recall: number } {
  const { schema, records, candidates, truth } = population();
  const { clusterOf } = matchRecords({ schema, records, candidates, model });
  const { precision, recall } = countAgreement({ truth, answer: clusterOf });
  return { precision, recall };
}

describe('a pruned model', function () {
  this.timeout(60_000);
  let trained: MatchModel;
  let pruned: MatchModel;
  before(() => {
    trained = population().model;
    pruned = pruneModel(trained);
  });

  it('keeps names of three records or more and telephones of ten or more', () => {
    expect(Math.min(...Object.values(countsOf(trained, 'given')))).to.equal(1);
    for (const [vocabulary, least] of [
      ['given', 3],
      ['surname', 3],
      ['phone', 10],
    ] as const) {
      const all = Object.entries(countsOf(trained, vocabulary));
      const kept = all.filter(([, count]) => count >= least);
      expect(countsOf(pruned, vocabulary)).to.deep.equal(Object.fromEntries(kept));
      expect(kept.length).to.be.below(all.length);
    }
    expect(Object.keys(countsOf(pruned, 'surname'))).to.include('王');
  });

  it('keeps a telephone that an institution shares', () => {
    const model: MatchModel = {
      ...trained,
      terms: [{ vocabulary: 'phone', records: 100, counts: { '07103222222': 10, '13907101234': 9 } }],
    };
    expect(countsOf(pruneModel(model), 'phone')).to.deep.equal({ '07103222222': 10 });
  });

  it('says nothing of the order in which records came', () => {
    const names = Object.keys(countsOf(pruned, 'given'));
    expect(names).to.deep.equal([...names].sort());
  });

  it('stays as it is when pruned again', () => expect(pruneModel(pruned)).to.deep.equal(pruned));

  it('matches as well as the whole one', () => {
    const [before, after] = [accuracyOf(trained), accuracyOf(pruned)];
    expect(after.precision).to.be.at.least(Math.max(before.precision, 0.999));
    expect(after.recall).to.be.at.least(before.recall);
  });
});

describe('the built-in model', function () {
  this.timeout(60_000);

  it('is a model of Patients', () => {
    expect(readModel(builtInModel, patientSchema)).to.deep.equal({ model: builtInModel });
  });

  it('holds no telephone and no name of a few', () => {
    expect(countsOf(builtInModel, 'phone')).to.deep.equal({});
    for (const vocabulary of ['given', 'surname'])
      expect(Math.min(...Object.values(countsOf(builtInModel, vocabulary)))).to.be.at.least(3);
  });

  it('links nobody wrongly among people it has never seen, in a small index and a large one', () => {
    for (const size of [population().records.length, 1_000_000]) {
      const { precision, recall } = accuracyOf(scaleModel(builtInModel, size));
      expect(precision).to.be.at.least(0.999);
      expect(recall).to.be.at.least(0.95);
    }
  });
});

describe('a model for an index of another size', function () {
  this.timeout(60_000);

  const priorsOf = ({ prior, relativesPrior = 0 }: MatchModel): readonly number[] => [prior, relativesPrior];

  it('expects one person in a random pair the less often the more records there are', () => {
    const [prior = 0, relatives = 0] = priorsOf(builtInModel);
    const size = (builtInModel.records ?? 0) * 40;
    const scaled = scaleModel(builtInModel, size);
    expect(scaled.records).to.equal(size);
    expect(scaled.prior).to.be.closeTo(prior / 40, 1e-12);
    expect(scaled.relativesPrior).to.be.closeTo(relatives / 40, 1e-12);
  });

  it('takes an index of a few records for one of ten thousand', () => {
    expect(scaleModel(builtInModel, 3)).to.deep.equal(scaleModel(builtInModel, 10_000));
  });

  it('can be scored by, whatever it was learnt from', () => {
    const scaled = scaleModel({ ...builtInModel, prior: 0.4, relativesPrior: 0.5, records: 1e9 }, 10);
    expect(priorsOf(scaled).reduce((sum, prior) => sum + prior)).to.be.at.most(0.1);
    const [one, other] = population().records;
    if (!one || !other) throw new Error('no records');
    expect(createScorer(patientSchema, scaled).score(one, other)).to.satisfy(Number.isFinite);
  });

  it('is the same where it does not say how many records it was learnt from', () => {
    const { records: _records, ...model } = builtInModel;
    expect(scaleModel(model, 1_000_000)).to.equal(model);
  });
});

describe('the limit of blocks', () => {
  const keyed = (key: string) => ({ id: key, values: [], blockingKeys: [key] });
  const blocks = [3, 5, 5, 9].flatMap((size, block) =>
    Array.from({ length: size }, () => keyed(`k${String(block)}`)),
  );
  const limit = (mostPairs: number, largestBlock = 8): number =>
    limitBlocks(blocks, { largestBlock, mostPairs });

  it('is the largest block where all pairs may be made', () => {
    expect(limit(23)).to.equal(8);
    expect(limit(59, 9)).to.equal(9);
  });

  it('cuts the largest blocks first until there are few enough pairs', () => {
    expect(limit(58, 9)).to.equal(8);
    expect(limit(22)).to.equal(4);
    expect(limit(2)).to.equal(2);
  });
});
