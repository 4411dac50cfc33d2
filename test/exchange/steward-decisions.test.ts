import { expect } from 'chai';

import type { ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';
import { patient, type PatientSketch } from '../support/patients.js';
import { openRegion, type Region } from '../support/region.js';
import { askSteward, parameterOf } from '../support/steward-requests.js';
import { li, zhao } from '../support/steward-sketches.js';

describe('what a steward decides in a county', () => {
  let region: Region;
  let city: ExchangeNode;
  let county: ExchangeNode;
  beforeEach(async () => {
    region = await openRegion([['county-a', 'city']]);
    city = await region.start({ id: 'city', children: ['county-a'], mpi: 'self' });
    county = await region.start({ id: 'county-a', parent: 'city', mpi: 'elsewhere' });
  });
  afterEach(() => region.close());

  it('takes effect at the city, which keeps the Person that was to go on', async () => {
    const [one, other] = [await send(li), await send(zhao)];
    const answer = await merge(one.person, other.person);
    expect(answer.status).to.equal(202);
    expect(parameterOf(answer, 'outcome')).to.not.equal(undefined);
    const joint = await personAt(city, one.id, ({ patients }) => patients.length === 2);
    expect(joint).to.deep.include({ person: other.person });
    expect(await personAt(county, one.id, ({ patients }) => patients.length === 2)).to.deep.equal(joint);
    expect((await city.mpi?.index.resolve(one.person))?.id).to.equal(other.person);
  });

  it('waits while the city is away, and brings a Person back as it was', async () => {
    const [one, other] = [await send(li), await send(zhao)];
    await merge(one.person, other.person);
    await personAt(county, one.id, ({ patients }) => patients.length === 2);
    region.link('county-a', 'city').fault = () => 'down';
    const answer = await askSteward({ base: `${county.origin}/fhir` }, `Person/${one.person}/$unmerge`);
    expect(answer.status).to.equal(202);
    region.link('county-a', 'city').fault = () => 'none';
    const alone = ({ patients }: Found): boolean => patients.length === 1;
    expect((await personAt(city, one.id, alone)).person).to.equal(one.person);
    expect((await personAt(county, other.id, alone)).person).to.equal(other.person);
  });

  /** Sends a record at the county; its id and its Person's once the county knows it. */
  async function send(sketch: PatientSketch): Promise<{ readonly id: string; readonly person: string }> {
    const answer = await fhirRequest(`${county.origin}/fhir/Patient`, {
      method: 'POST',
      body: patient(sketch),
    });
    const id = answer.json['id'] as string;
    return { id, person: (await personAt(county, id, ({ person }) => person !== '')).person };
  }

  const merge = (person: string, into: string): ReturnType<typeof askSteward> =>
    askSteward({ base: `${county.origin}/fhir` }, `Person/${person}/$merge`, { into });
});

interface Found {
  readonly person: string;
  readonly patients: readonly string[];
}

/** The person of a Patient, once it is as wanted. */
async function personAt(
  { mpi }: ExchangeNode,
  patientId: string,
  isWanted: (found: Found) => boolean,
): Promise<Found> {
  for (;;) {
    const answer = await mpi?.index.personOf(patientId).catch(() => undefined);
    const found = { person: answer?.person?.id ?? '', patients: [...(answer?.patients ?? [])].sort() };
    if (found.person !== '' && isWanted(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
