import { expect } from 'chai';

import type { Population } from '../../src/domain/mpi/index.js';
import type { ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';
import { patient, residentId, type PatientSketch } from '../support/patients.js';
import { li } from '../support/people.js';
import { openRegion, type Region } from '../support/region.js';

const wang = {
  name: '王海燕',
  birthDate: '1979-06-21',
  gender: 'female',
  residentId: residentId('420606', '1979-06-21', '982'),
  phone: '10055556666',
} as const;

describe('persons across nodes', () => {
  let region: Region;
  let city: ExchangeNode;
  let a: ExchangeNode;
  let b: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([
      ['county-a', 'city'],
      ['county-b', 'city'],
    ]);
    city = await region.start({ id: 'city', children: ['county-a', 'county-b'], mpi: 'self' });
    a = await region.start({ id: 'county-a', parent: 'city', mpi: 'elsewhere' });
    b = await region.start({ id: 'county-b', parent: 'city', mpi: 'elsewhere' });
  });
  afterEach(() => region.close());

  it('makes one Person at the city of records of two counties, and both counties know it', async () => {
    const [first, second] = [await send(a), await send(b)];
    const here = await person(city, first, 2);
    const [atA, atB] = [await person(a, first, 2), await person(b, second, 2)];
    expect(here.patients).to.have.members([first, second]);
    expect([atA.person?.id, atB.person?.id]).to.deep.equal([here.person?.id, here.person?.id]);
  });

  it('answers provisionally below while the domain is away, and gives way without a trace of two ids', async () => {
    region.link('county-a', 'city').fault = () => 'down';
    const [first, second] = [await send(a), await send(a)];
    const provisional = await person(a, first, 2, true);
    expect(provisional.patients).to.have.members([first, second]);
    region.link('county-a', 'city').fault = () => 'none';
    const final = await person(a, first, 2);
    const versions = await fhirRequest(`${city.origin}/fhir/Person?_total=accurate`);
    expect(final.patients).to.have.members([first, second]);
    expect(versions.json['total']).to.equal(1);
  });

  it('honours at the city what a steward decides in a county', async () => {
    const [first, second] = [await send(a), await send(a)];
    await person(city, first, 2);
    await fhirRequest(`${a.origin}/fhir/Linkage`, {
      method: 'POST',
      body: {
        resourceType: 'Linkage',
        extension: [
          {
            url: 'https://regional-hie.org/fhir/StructureDefinition/identity-decision',
            valueCode: 'non-link',
          },
        ],
        active: true,
        item: [
          { type: 'source', resource: { reference: `Patient/${first}` } },
          { type: 'alternate', resource: { reference: `Patient/${second}` } },
        ],
      },
    });
    const alone = await person(a, second, 1);
    expect((await person(city, first, 1)).person?.id).not.to.equal(alone.person?.id);
  });

  it('writes down at a county what its steward decides, in effect when the city has followed', async () => {
    const [first, second] = [await send(a), await send(a, li)];
    const [gone, stays] = [await person(a, first, 1), await person(a, second, 1)];
    const into = `Person/${stays.person?.id ?? ''}`;
    const answer = await fhirRequest(`${a.origin}/fhir/Person/${gone.person?.id ?? ''}/$merge`, {
      method: 'POST',
      body: {
        resourceType: 'Parameters',
        parameter: [{ name: 'into', valueReference: { reference: into } }],
      },
    });
    expect(answer.status).to.equal(202);
    expect((await a.store.countByType()).get('Linkage')).to.equal(1);
    expect((await person(a, first, 2)).person?.id).to.equal(stays.person?.id);
  });

  it('takes no notice of Persons that a county made before it joined the region', async () => {
    await a.stop();
    const { directory } = a;
    const before = await region.start({ id: 'county-a', directory, mpi: 'self' });
    const [first, second] = [await send(before), await send(before)];
    await person(before, first, 2);
    await before.stop();
    a = await region.start({ id: 'county-a', parent: 'city', directory, mpi: 'elsewhere' });
    await region.caughtUp();
    await city.stop();
    city = await region.start({
      id: 'city',
      children: ['county-a', 'county-b'],
      directory: city.directory,
      mpi: 'self',
    });
    const third = await send(b);
    const here = await person(city, third, 3);
    expect(here.patients).to.have.members([first, second, third]);
    expect((await person(a, first, 3)).person?.id).to.equal(here.person?.id);
    const held = await fhirRequest(`${city.origin}/fhir/Person?patient:missing=false&_total=accurate`);
    expect(held.json['total']).to.equal(2);
    for (const node of [city, a]) {
      const { persons, records, counties } = await populationOf(node);
      expect([persons, records], node.id).to.deep.equal([1, node === city ? 3 : 2]);
      expect(counties.map((county) => county.persons)).to.deep.equal([1]);
    }
  });
});

async function send({ origin }: ExchangeNode, who: PatientSketch = wang): Promise<string> {
  const answer = await fhirRequest(`${origin}/fhir/Patient`, { method: 'POST', body: patient(who) });
  if (answer.status !== 201) throw new Error(`a Patient was refused with ${String(answer.status)}`);
  return answer.json['id'] as string;
}

/** The person of a Patient, once it has so many records: as the domain says, or provisionally. */
const person = ({ mpi }: ExchangeNode, id: string, records: number, provisional = false) =>
  until(async () => {
    const answer = await mpi?.index.personOf(id).catch(() => undefined);
    return answer?.provisional === provisional && answer.patients.length === records ? answer : undefined;
  });

/** Once it is complete. */
const populationOf = ({ mpi }: ExchangeNode): Promise<Population> =>
  until(async () => {
    const population = await mpi?.view.population();
    return population?.complete === true ? population : undefined;
  });

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
