import type { FhirResource } from 'fhir/r4.js';

import { expect } from 'chai';

import { comparePersons, formatAgreement } from '../../scripts/demo/compare-persons.js';
import { awaitPopulation, formatPopulation } from '../../scripts/demo/population.js';
import { systems } from '../../scripts/region/identifiers.js';
import type { Population } from '../../src/domain/mpi/index.js';

const population = (records: number, complete: boolean): Population => ({
  persons: 1200,
  records,
  institutions: 210,
  verifiedShare: 0.934,
  waitingForReview: 7,
  unmatched: 3,
  counties: [
    { division: '', persons: 2, records: 5, institutions: 2, verified: 1, unmatched: 3 },
    { division: '420624', persons: 130, records: 140, institutions: 22, verified: 131, unmatched: 0 },
  ],
  complete,
});

describe('the population that the demo waits for', () => {
  it('is asked for until it is complete', async () => {
    const answers = [population(10, false), population(1500, true)];
    const seen: number[] = [];
    const found = await awaitPopulation(() => Promise.resolve(answers.shift()), {
      limitMs: 10_000,
      onWaiting: ({ records }) => seen.push(records),
    });
    expect(found?.complete).to.equal(true);
    expect(seen).to.deep.equal([10, 1500]);
  });

  it('is nothing where the node does not say who is who', async () => {
    let waiting = false;
    const options = { limitMs: 10_000, onWaiting: () => (waiting = true) };
    expect(await awaitPopulation(() => Promise.resolve(undefined), options)).to.equal(undefined);
    expect(waiting).to.equal(false);
  });

  it('is not waited for without an end', async () => {
    const ask = (): Promise<Population> => Promise.resolve(population(10, false));
    const failure = await awaitPopulation(ask, { limitMs: -1 }).catch((error: unknown) => error);
    expect(String(failure)).to.include('the person index is behind');
  });

  it('is printed in Chinese with English beside it, county by county', () => {
    const lines = formatPopulation(population(1500, true)).split('\n');
    expect(lines[0]).to.match(/^全市人口 \/ people: .*1200 people have 1500 records in 210 institutions$/);
    expect(lines[1]).to.match(/待复核 \/ waiting for review: 7$/);
    expect(lines[2]).to.match(/with a verified id: 93\.4 %$/);
    expect(lines.at(-2)).to.match(/^ +130 +140 +22 +131 +0 +南漳县 420624$/);
    expect(lines.at(-1)).to.match(/^ +2 +5 +2 +1 +3 +未说明 not told$/);
  });
});

describe('Persons held against the truth', () => {
  const patient = (id: string): FhirResource => ({
    resourceType: 'Patient',
    id,
    identifier: [{ system: systems.healthRecord, value: `number-${id}` }],
  });
  const person = (patients: readonly string[], active = true): FhirResource => ({
    resourceType: 'Person',
    active,
    link: patients.map((id) => ({ target: { reference: `Patient/${id}` } })),
  });
  const held = new Map<string, readonly FhirResource[]>([
    ['Patient', ['a', 'b', 'c', 'd', 'e', 'unknown'].map(patient)],
    ['Person', [person(['a', 'b', 'd']), person(['c']), person(['a', 'c'], false), person(['unknown'])]],
  ]);
  const node = {
    // eslint-disable-next-line @typescript-eslint/require-await -- as a node answers
    async *resources(query: string): AsyncGenerator<FhirResource> {
      yield* held.get(query.split('?')[0] ?? '') ?? [];
    },
  };
  const truth = new Map([
    ['number-a', 1],
    ['number-b', 1],
    ['number-c', 1],
    ['number-d', 2],
    ['number-e', 3],
  ]);

  it('count in pairs of Patients, those merged away left out', async () => {
    const agreement = await comparePersons(node, truth);
    expect(agreement).to.include({ truePairs: 3, foundPairs: 3, rightPairs: 1 });
    expect(formatAgreement(agreement)).to.match(/precision 0\.3333 \(1 \/ 3\).*recall 0\.3333 \(1 \/ 3\)$/);
  });
});
