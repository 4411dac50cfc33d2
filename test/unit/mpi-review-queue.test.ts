import { expect } from 'chai';

import { builtInModel, createScorer, patientSchema } from '../../src/domain/mpi/index.js';
import { enrolPatient } from '../../src/domain/mpi/registry/held/enrol-patient.js';
import { queueReviews } from '../../src/domain/mpi/registry/placing/queue-reviews.js';
import {
  readReviewTask,
  reviewTaskText,
  type Review,
  type ReviewTask,
} from '../../src/domain/mpi/registry/records/review-task.js';
import { patient, type PatientSketch } from '../support/patients.js';
import { doubtful } from '../support/steward-sketches.js';

const scorer = createScorer(patientSchema, builtInModel);
const origin = { owner: 'city', source: 'his', receivedFrom: 'his', lane: 'workflow' } as const;
const knownOf = (id: string, sketch: PatientSketch) =>
  enrolPatient(
    { key: { type: 'Patient', id }, body: JSON.stringify({ ...patient(sketch), id }), origin, versionId: 1 },
    '2026-11-28',
  ).known;

describe('a Task of the steward’s queue', () => {
  const [one, other] = doubtful;
  let stored: ReviewTask | undefined;
  let written: ReviewTask[];
  beforeEach(() => {
    stored = undefined;
    written = [];
  });

  /** Queues a pair once more, as the store gives back what was written. */
  async function queue(posterior: number, sketch: PatientSketch = other): Promise<ReviewTask> {
    const review: Review = { first: 'a', second: 'b', posterior };
    const known = new Map([
      ['a', knownOf('a', one)],
      ['b', knownOf('b', sketch)],
    ]);
    const set = {
      known: () => Promise.resolve(known),
      task: () => Promise.resolve(stored),
      putTask: (task: ReviewTask) => void written.push(task),
    };
    await queueReviews(set, { scorer, now: () => '2026-11-28T00:00:00.000Z' }, [review]);
    const task = written.at(-1);
    stored = task && readReviewTask(reviewTaskText(task));
    if (!stored) throw new Error('a Task was written that is not read again');
    return stored;
  }

  it('is read back with the reasons that it was written with', async () => {
    const task = await queue(0.5);
    expect(task).to.deep.equal(written[0]);
    expect(task.fields.map(({ field, level }) => [field, level])).to.deep.include(['birthDate', 'one-edit']);
  });

  it('stays as it is while the same evidence makes hardly another posterior', async () => {
    await queue(0.5);
    expect((await queue(0.508)).posterior).to.equal(0.5);
    expect((await queue(0.511)).posterior).to.equal(0.511);
  });

  it('tells the posterior of new evidence, however little it moved', async () => {
    const before = await queue(0.5);
    const after = await queue(0.502, { ...other, birthDate: '1985-12-03' });
    expect(after.posterior).to.equal(0.502);
    expect(after.fields).to.not.deep.equal(before.fields);
  });
});
