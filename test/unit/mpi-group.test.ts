import { expect } from 'chai';

import { clusterGroup, type Group } from '../../src/domain/mpi/registry/placing/cluster-group.js';
import { builtInModel, createScorer, patientFeatures, readIdentity } from '../../src/domain/mpi/index.js';
import { patientSchema } from '../../src/domain/mpi/patient/patient-schema.js';
import { patient } from '../support/patients.js';
import { li, zhao } from '../support/people.js';

describe('a group of records that are placed one after the other', () => {
  const records = [li, li, zhao, zhao].map((sketch, place) =>
    patientFeatures(String(place), readIdentity(patient(sketch))),
  );
  let scored = 0;
  const scorer = createScorer(patientSchema, builtInModel);
  const group: Group = {
    schema: patientSchema,
    scorer: {
      ...scorer,
      score(one, other) {
        scored += 1;
        return scorer.score(one, other);
      },
    },
    records,
    decided: { together: [], apart: [] },
  };
  const sizesOf = (asked: Group): number[] => clusterGroup(asked).persons.map(({ length }) => length);
  beforeEach(() => (scored = 0));

  it('is compared once', () => {
    expect(sizesOf(group)).to.deep.equal([2, 2]);
    expect(sizesOf({ ...group, records: [...records] })).to.deep.equal([2, 2]);
    expect(scored).to.equal(6);
  });

  it('is compared again where a record or a decision is another one', () => {
    expect(sizesOf({ ...group, decided: { together: [[0, 2]], apart: [] } })).to.deep.equal([4]);
    expect(sizesOf({ ...group, decided: { together: [], apart: [[0, 1]] } })).to.deep.equal([1, 1, 2]);
    expect(sizesOf({ ...group, records: records.slice(1) })).to.deep.equal([1, 2]);
    expect(sizesOf(group)).to.deep.equal([2, 2]);
  });
});
