import { expect } from 'chai';

import type { ExchangeNode } from '../support/exchange-node.js';
import { entriesOf, fhirRequest, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { patient } from '../support/patients.js';
import { li } from '../support/people.js';
import { observation } from '../support/records.js';
import { eventually, openRegion, type Region } from '../support/region.js';

const system = 'urn:test:red';
const personSystem = 'https://regional-hie.org/id/person';

/** A Patient with a record number, and an Observation of it. */
async function send({ origin }: ExchangeNode, value: string): Promise<string> {
  const made = patient(li);
  const identifier = [...(made['identifier'] as Json[]), { system, value }];
  const { json } = await fhirRequest(`${origin}/fhir/Patient`, {
    method: 'POST',
    body: { ...made, identifier },
  });
  const id = json['id'] as string;
  const body = observation({ subject: { reference: `Patient/${id}` } });
  await fhirRequest(`${origin}/fhir/Observation`, { method: 'POST', body });
  return id;
}

/** What a node answers by each of the three ways to ask who is who. */
async function ask(
  { origin }: ExchangeNode,
  id: string,
): Promise<Record<'match' | 'pix' | 'mdm', FhirAnswer>> {
  const base = `${origin}/fhir`;
  return {
    match: await fhirRequest(`${base}/Patient/$match`, { method: 'POST', body: patient(li) }),
    pix: await fhirRequest(`${base}/Patient/$ihe-pix?sourceIdentifier=${system}|R1`),
    mdm: await fhirRequest(`${base}/Observation?patient:mdm=${id}`),
  };
}

const statesOf = (answers: Record<string, FhirAnswer>): (string | null)[] =>
  Object.values(answers).map(({ headers }) => headers.get('x-person-index'));

const regionalIdOf = ({ json }: FhirAnswer): string | undefined =>
  ((json['parameter'] ?? []) as { valueIdentifier?: { system: string; value: string } }[])
    .map(({ valueIdentifier }) => valueIdentifier)
    .find((identifier) => identifier?.system === personSystem)?.value;

describe('asking who is who below the identity domain', () => {
  let region: Region;
  let city: ExchangeNode;
  let county: ExchangeNode;
  beforeEach(async () => {
    region = await openRegion([['county-a', 'city']]);
    city = await region.start({ id: 'city', children: ['county-a'], mpi: 'self' });
    county = await region.start({ id: 'county-a', parent: 'city', mpi: 'elsewhere' });
  });
  afterEach(() => region.close());

  it('answers provisionally while the domain is away, and as the domain says when it is back', async () => {
    region.link('county-a', 'city').fault = () => 'down';
    const [first] = [await send(county, 'R1'), await send(county, 'R2')];
    let answers = await ask(county, first);
    await eventually(async () => {
      answers = await ask(county, first);
      return entriesOf(answers.match).length === 2;
    });
    expect(statesOf(answers)).to.deep.equal(['provisional', 'provisional', 'provisional']);
    expect(entriesOf(answers.mdm)).to.have.length(2);
    expect(regionalIdOf(answers.pix)).to.equal(undefined);

    region.link('county-a', 'city').fault = () => 'none';
    await eventually(async () => {
      answers = await ask(county, first);
      return statesOf(answers).every((state) => state === null);
    });
    expect(entriesOf(answers.mdm)).to.have.length(2);
    expect(regionalIdOf(answers.pix)).to.be.a('string');
    expect(regionalIdOf(answers.pix)).to.equal(regionalIdOf((await ask(city, first)).pix));
  });
});
