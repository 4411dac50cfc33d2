import { expect } from 'chai';

import { chineseCase } from '../../scripts/mpi/chinese-case.js';
import { runMatching } from '../../scripts/mpi/run-matching.js';
import { findCandidates } from '../../src/domain/mpi/candidates.js';
import { clusterLinks } from '../../src/domain/mpi/cluster.js';
import { birthDate, packDate } from '../../src/domain/mpi/comparisons/birth-date.js';
import { type FeatureRecord, type Schema } from '../../src/domain/mpi/features.js';
import { isOneToOne, matchOneToOne } from '../../src/domain/mpi/link-files.js';
import { weightOf } from '../../src/domain/mpi/model.js';
import { type ScoredPairs } from '../../src/domain/mpi/scored-pairs.js';
import { isUnlikely } from '../../src/domain/mpi/unlikely-agreement.js';
import { createScorer, patientFeatures, readIdentity } from '../../src/domain/mpi/index.js';

const schema: Schema = { name: 'test', comparisons: [birthDate], rules: [], corroborated: [0] };
const record = (more: Partial<FeatureRecord> = {}): FeatureRecord => ({
  id: 'r',
  values: [undefined],
  blockingKeys: [],
  ...more,
});
const born = (date: string): FeatureRecord => record({ values: [packDate(date)] });

const pairs = (...rows: readonly (readonly [number, number, number])[]): ScoredPairs => ({
  first: Uint32Array.from(rows, ([first]) => first),
  second: Uint32Array.from(rows, ([, second]) => second),
  weight: Float64Array.from(rows, ([, , weight]) => weight),
});

const cluster = (scored: ScoredPairs, records: readonly FeatureRecord[], weigh = (): number => 20) => {
  const { clusterOf, conflicts } = clusterLinks(scored, { schema, records, threshold: 3, weigh });
  return { clusters: [...clusterOf], conflicts: conflicts.map(({ conflict }) => conflict) };
};

describe('clusters', () => {
  it('close over links and leave out what is below the threshold', () => {
    const records = [record(), record(), record(), record()];
    expect(cluster(pairs([1, 2, 5], [0, 1, 9], [2, 3, 2.9]), records).clusters).to.deep.equal([0, 0, 0, 3]);
  });

  it('never hold two different verified ids, however strong the links between', () => {
    const one = record({ distinctive: { residentId: 'a' } });
    const other = record({ distinctive: { residentId: 'b' } });
    const between = record();
    expect(cluster(pairs([0, 1, 20], [1, 2, 19], [0, 2, 18]), [one, between, other])).to.deep.equal({
      clusters: [0, 0, 2],
      conflicts: ['distinctive value', 'distinctive value'],
    });
  });

  it('keep twins apart by the order of their birth', () => {
    const twins = ['1', '2'].map((birthOrder) => record({ separating: { birthOrder } }));
    expect(cluster(pairs([0, 1, 20]), twins).clusters).to.deep.equal([0, 1]);
  });

  it('leave a newborn without its own number to a steward', () => {
    expect(cluster(pairs([0, 1, 20]), [record(), record({ stewardOnly: true })])).to.deep.equal({
      clusters: [0, 1],
      conflicts: ['needs a steward'],
    });
  });

  it('do not join two groups that are each sure of another birth date', () => {
    const records = ['19160511', '19160511', '19650511', '19650511'].map(born);
    const links = pairs([0, 1, 12], [2, 3, 12], [1, 2, 4]);
    expect(cluster(links, records)).to.deep.equal({
      clusters: [0, 0, 2, 2],
      conflicts: ['corroborated value'],
    });
    expect(cluster(links, [...records.slice(0, 3), born('19160511')]).clusters).to.deep.equal([0, 0, 0, 0]);
  });
});

describe('a weak link', () => {
  const records = [record(), record(), record()];

  it('joins groups only where their records bear it out together', () => {
    const links = pairs([0, 1, 12], [1, 2, 3.5]);
    expect(cluster(links, records, () => 3.2).clusters).to.deep.equal([0, 0, 0]);
    expect(cluster(links, records, () => 2.9)).to.deep.equal({
      clusters: [0, 0, 2],
      conflicts: ['weak link of groups'],
    });
  });

  it('is none where it is strong enough by itself', () => {
    expect(cluster(pairs([0, 1, 12], [1, 2, 5]), records, () => -5).clusters).to.deep.equal([0, 0, 0]);
  });

  it('is judged once, however many of its kind there are between two groups', () => {
    const size = 40;
    const inGroups = Array.from({ length: size - 2 }, (_, place) => [place, place + 2, 12] as const);
    const between = inGroups.flatMap(([one]) => [[one, one + 1, 3.5] as const]);
    let weighed = 0;
    const weigh = (): number => {
      weighed += 1;
      return 2.9;
    };
    const members = Array.from({ length: size }, () => record());
    const { conflicts } = cluster(pairs(...inGroups, ...between), members, weigh);
    expect([conflicts.length, weighed]).to.deep.equal([size - 2, (size / 2) ** 2]);
  });
});

describe('a lent card', () => {
  const patient = (given: string): FeatureRecord =>
    patientFeatures(
      given,
      readIdentity({
        name: [{ text: `王${given}` }],
        identifier: [{ system: 'urn:oid:2.16.156.10011.1.3', value: '11010519491231002X' }],
        birthDate: '1949-12-31',
      }),
    );

  it('has one number and two given names, and is for a steward', () => {
    const { matching } = chineseCase(300);
    const scorer = createScorer(matching.schema, runMatching(matching).model);
    const fields = (one: string, other: string) => scorer.explain(patient(one), patient(other)).fields;
    expect(isUnlikely(matching.schema, fields('伟', '敏'))).to.equal(true);
    expect(isUnlikely(matching.schema, fields('伟', '伟'))).to.equal(false);
  });
});

describe('linkage of two files', () => {
  const options = { sizes: [1000, 1000], prior: 1e-3, threshold: 0.9 } as const;

  it('is one to one only where hardly any record has two sure partners', () => {
    expect(isOneToOne(pairs([0, 1000, 20], [1, 1001, 20], [2, 1002, 1], [2, 1003, 1]), 10)).to.equal(true);
    expect(isOneToOne(pairs([0, 1000, 20], [0, 1001, 20]), 10)).to.equal(false);
  });

  it('links neither of two candidates that are equally good', () => {
    const posteriors = matchOneToOne(pairs([0, 1000, 10], [0, 1001, 10], [1, 1002, 10]), options);
    expect([...posteriors].map((posterior) => posterior >= 0.9)).to.deep.equal([false, false, true]);
    expect(posteriors[0]).to.be.closeTo(0.5, 0.01);
  });

  it('links what is left when its rival is taken', () => {
    const posteriors = matchOneToOne(pairs([0, 1000, 20], [0, 1001, 12], [1, 1001, 11]), options);
    expect(posteriors[0]).to.be.above(0.9);
    expect(posteriors[1]).to.equal(0);
    expect(posteriors[2]).to.be.above(0.9);
  });
});

describe('candidates', () => {
  const keyed = (...blockingKeys: string[]): FeatureRecord => record({ blockingKeys });

  it('are pairs that share a key, once, and across the files where there are two', () => {
    const records = [keyed('a', 'b'), keyed('a', 'b'), keyed('b')];
    expect(findCandidates(records, { largestBlock: 10 }).first).to.have.lengthOf(3);
    const across = findCandidates(records, { largestBlock: 10, boundary: 2 });
    expect([...across.first]).to.deep.equal([0, 1]);
    expect([...across.second]).to.deep.equal([2, 2]);
  });

  it('leave out a block that is too large and tell so', () => {
    const records = Array.from({ length: 30 }, (_, index) => keyed('phone', `n${index >> 1}`));
    const candidates = findCandidates(records, { largestBlock: 20 });
    expect(candidates.cut).to.deep.equal({ blocks: 1, largest: 30 });
    expect(candidates.first).to.have.lengthOf(15);
  });
});

describe('a newborn under its mother’s name', () => {
  const mother = { system: 'urn:oid:2.16.156.10011.1.3', value: '11010519491231002X' };
  const telecom = [{ system: 'phone', value: '13907101234' }];

  it('shares neither her id nor her telephone, and waits for a steward', () => {
    const newborn = patientFeatures(
      'n',
      readIdentity({ name: [{ text: '王芳之女' }], identifier: [mother], telecom, birthDate: '2026-01-05' }),
    );
    expect(newborn.stewardOnly).to.equal(true);
    expect(newborn.distinctive).to.deep.equal({});
    const keys = patientFeatures(
      'm',
      readIdentity({ name: [{ text: '王芳' }], identifier: [mother], telecom }),
    );
    expect(newborn.blockingKeys.filter((key) => keys.blockingKeys.includes(key))).to.deep.equal([]);
  });
});

describe('weights', () => {
  it('are the logarithm of the odds', () => expect(weightOf(0.9)).to.be.closeTo(Math.log2(9), 1e-9));
});
