import { expect } from 'chai';

import { chineseCase } from '../../scripts/mpi/chinese-case.js';
import { febrlGates, type GatedCase } from '../../scripts/mpi/febrl-cases.js';
import { reportRun } from '../../scripts/mpi/matching-report.js';
import { runMatching } from '../../scripts/mpi/run-matching.js';
import { createScorer } from '../../src/domain/mpi/index.js';
import { sharedData, sharedDataMissing } from '../support/shared-data.js';

/** A smaller form of `npm run check-mpi`. */
describe('matching against known truth', function () {
  this.timeout(60_000);
  const folder = sharedData('febrl');

  function expectFloors({ matching, floors }: GatedCase): void {
    const report = reportRun(runMatching(matching), floors);
    expect(report.kept, report.text).to.equal(true);
  }

  it(`keeps the floors on FEBRL 1 and 2${folder ? '' : ` (${sharedDataMissing})`}`, function () {
    if (!folder) return this.skip();
    for (const gate of febrlGates(folder)) {
      if (gate.matching.boundary === undefined) expectFloors(gate);
    }
    return undefined;
  });

  it('keeps the floors on a generated Chinese population', () => expectFloors(chineseCase(3_000)));

  it('explains a pair by the same sum that scores it, with a model that went through JSON', () => {
    const { matching } = chineseCase(500);
    const { model, candidates } = runMatching(matching);
    const scorer = createScorer(matching.schema, JSON.parse(JSON.stringify(model)) as typeof model);
    const [one, other] = [
      matching.records[candidates.first[0] ?? 0],
      matching.records[candidates.second[0] ?? 0],
    ];
    if (!one || !other) throw new Error('no candidates');
    const { weight, priorWeight, relativesWeight, fields } = scorer.explain(one, other);
    const sum = fields.reduce((bits, field) => bits + field.weight, priorWeight + relativesWeight);
    expect(sum).to.be.closeTo(weight, 1e-9);
    expect(scorer.score(one, other)).to.equal(weight);
    expect(createScorer(matching.schema, model).score(one, other)).to.equal(weight);
  });

  it('refuses a model of another schema', () => {
    const { matching } = chineseCase(100);
    const { model } = runMatching(matching);
    expect(() => createScorer(matching.schema, { ...model, schema: 'other' })).to.throw('other');
  });
});
