import { expect } from 'chai';

import { generatePopulation, type LabelledPatient } from '../../scripts/population/generate-population.js';
import { learnModel, patientFeatures, readIdentity } from '../../src/domain/mpi/index.js';
import type { ModelProgress, PatientText, TrainedModel } from '../../src/jobs/model-messages.js';
import { trainInWorker } from '../../src/jobs/train-model.js';

const textsOf = (patients: readonly LabelledPatient[]): PatientText[] =>
  patients.map(({ patient }, place) => ({
    id: `p${String(place)}`,
    body: JSON.stringify(patient),
  }));

async function* pages(rows: readonly PatientText[], size = 250): AsyncGenerator<PatientText[]> {
  for (let first = 0; first < rows.length; first += size)
    yield await Promise.resolve(rows.slice(first, first + size));
}

/** What a training is refused with. */
const messageOf = (training: Promise<TrainedModel>): Promise<string> =>
  training.then(
    () => 'a model',
    (error: unknown) => (error instanceof Error ? error.message : 'not an Error'),
  );

const naming = { version: '7', seed: 'seed', today: '2026-11-24' };

let population: readonly LabelledPatient[] = [];
let everybody: readonly PatientText[] = [];

/** 900 people with 1,170 records. */
function meetPeople(): void {
  population = generatePopulation({ seed: 'training-worker', size: 900 });
  everybody = textsOf(population);
}

describe('training on a thread of its own', function () {
  this.timeout(60_000);
  before(meetPeople);

  it('learns what the same Patients teach on this thread, and says what it took', async () => {
    const steps: ModelProgress[] = [];
    const { model, measured } = await trainInWorker({
      ...naming,
      patients: pages(everybody),
      onProgress: (progress) => void steps.push(progress),
    });
    const records = everybody.map(({ id, body }) =>
      patientFeatures(id, readIdentity(JSON.parse(body), naming.today)),
    );
    expect(learnModel({ ...naming, records, total: records.length }).model).to.deep.equal(model);
    expect(model.version).to.equal('7');
    expect(model.records).to.equal(everybody.length);
    expect(measured).to.include({
      records: everybody.length,
      total: everybody.length,
      unreadable: 0,
      blocksCut: 0,
    });
    expect(measured.candidates).to.be.above(200);
    expect(measured.seconds).to.be.above(0);
    expect(measured.peakBytes).to.be.within(5e6, 1e9);
    expect([...new Set(steps.map(({ step }) => step))]).to.deep.equal([
      'reading',
      'features',
      'candidates',
      'training',
    ]);
    expect(steps.filter(({ step }) => step === 'reading').at(-1)?.done).to.equal(everybody.length);
  });

  it('learns from a fair sample of more Patients than it may hold', async () => {
    const { model, measured } = await trainInWorker({
      ...naming,
      patients: pages(everybody),
      mostRecords: 800,
    });
    expect(measured).to.include({ records: 800, total: everybody.length });
    expect(model.records).to.equal(everybody.length);
    // Of the whole index, of which a random pair is of one person in 1 of 2,500.
    expect(model.prior).to.be.within(1e-4, 2e-3);
  });

  it('takes a Patient that comes twice once, and leaves out what is no JSON', async () => {
    const broken = ['{', '', 'nobody'].map((body, place) => ({ id: `x${String(place)}`, body }));
    const rows = [...everybody, ...everybody.slice(0, 50), ...broken];
    const { measured } = await trainInWorker({ ...naming, patients: pages(rows) });
    expect(measured).to.include({ records: everybody.length, total: rows.length, unreadable: 3 });
  });

  it('refuses what teaches nothing, with the reason', async () => {
    const few = await messageOf(trainInWorker({ ...naming, patients: pages(everybody.slice(0, 20)) }));
    expect(few).to.match(/20 records are too few/);
    const once = textsOf(population.filter(({ record }) => record === 1));
    const nobodyTwice = await messageOf(trainInWorker({ ...naming, patients: pages(once) }));
    expect(nobodyTwice).to.match(/too few people have two records/);
  });

  it('fails as the reading of the Patients does', async () => {
    async function* failing(): AsyncGenerator<PatientText[]> {
      yield* pages(everybody.slice(0, 100));
      throw new Error('the store is closed');
    }
    expect(await messageOf(trainInWorker({ ...naming, patients: failing() }))).to.equal(
      'the store is closed',
    );
  });
});

describe('training that is ended', function () {
  this.timeout(60_000);
  before(meetPeople);

  it('rejects with the reason of the signal, while it reads and while it learns', async () => {
    for (const at of ['reading', 'training'] as const) {
      const controller = new AbortController();
      const failure = await messageOf(
        trainInWorker({
          ...naming,
          patients: pages(everybody),
          signal: controller.signal,
          onProgress: ({ step }) => step === at && controller.abort(new Error(`enough at ${at}`)),
        }),
      );
      expect(failure).to.equal(`enough at ${at}`);
    }
  });

  it('does not wait for a store that does not answer, and closes its pages when it does', async () => {
    const controller = new AbortController();
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    let closed = (): void => undefined;
    const isClosed = new Promise<void>((resolve) => (closed = resolve));
    async function* slow(): AsyncGenerator<PatientText[]> {
      try {
        yield everybody.slice(0, 10);
        controller.abort(new Error('enough'));
        await answered;
        yield everybody.slice(10, 20);
      } finally {
        closed();
      }
    }
    const failure = await messageOf(
      trainInWorker({ ...naming, patients: slow(), signal: controller.signal }),
    );
    expect(failure).to.equal('enough');
    answer();
    await isClosed;
  });

  it('does not begin after an abort', async () => {
    const read: string[] = [];
    async function* patients(): AsyncGenerator<PatientText[]> {
      read.push('page');
      yield await Promise.resolve([]);
    }
    const failure = await messageOf(
      trainInWorker({ ...naming, patients: patients(), signal: AbortSignal.abort(new Error('no')) }),
    );
    expect(failure).to.equal('no');
    expect(read).to.deep.equal([]);
  });

  it('rejects when the worker dies, and names nobody', async () => {
    const failure = await messageOf(
      trainInWorker({ ...naming, patients: pages(everybody), heapMegabytes: 12 }),
    );
    expect(failure).to.equal('the worker of models needed more than 12 MB');
  });
});
