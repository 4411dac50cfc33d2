import { expect } from 'chai';

import { fhirRequest, referenceIn, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { observation, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

interface RestResource {
  readonly type: string;
  readonly interaction: readonly { readonly code: string }[];
  readonly searchParam: readonly { readonly name: string; readonly type: string }[];
}

describe('capabilities', () => {
  let node: TestNode;
  let answer: FhirAnswer;
  let rest: Json & { resource: RestResource[] };
  before(async () => {
    node = await startNode();
    answer = await fhirRequest(`${node.base}/metadata`);
    rest = (answer.json['rest'] as [typeof rest])[0];
  });
  after(() => node.close());

  it('names the software, FHIR 4.0.1 and the base', () => {
    expect(answer.status).to.equal(200);
    expect(answer.json).to.deep.include({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      kind: 'instance',
    });
    expect((answer.json['implementation'] as Json)['url']).to.equal(node.base);
  });

  it('lists all 146 types with interactions and search parameters', () => {
    expect(rest.resource).to.have.length(146);
    const patient = rest.resource.find(({ type }) => type === 'Patient');
    expect(patient?.interaction.map(({ code }) => code)).to.have.members([
      'read',
      'vread',
      'update',
      'delete',
      'history-instance',
      'history-type',
      'create',
      'search-type',
    ]);
    const names = patient?.searchParam.map(({ name }) => name);
    expect(names).to.include.members([
      '_id',
      '_lastUpdated',
      'identifier',
      'birthdate',
      'general-practitioner',
    ]);
    expect(patient?.searchParam.find(({ name }) => name === 'birthdate')?.type).to.equal('date');
  });

  it('promises of references what holds: targets are checked on write, deletes leave references behind', async () => {
    expect(answer.text).not.to.contain('"enforced"');
    expect(rest['documentation']).to.contain('must exist');
    const made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    const reference = referenceIn(made.headers.get('location'));
    const observe = () =>
      fhirRequest(`${node.base}/Observation`, {
        method: 'POST',
        body: observation({ subject: { reference } }),
      });
    expect((await observe()).status).to.equal(201);
    expect((await fhirRequest(`${node.base}/${reference}`, { method: 'DELETE' })).status).to.equal(204);
    expect((await observe()).status).to.equal(422);
  });

  it('keeps every parameter it promises', async () => {
    const values: Record<string, string> = {
      date: '2026',
      number: '1',
      quantity: '1',
      uri: 'urn:x',
      reference: 'Patient/1',
    };
    const patient = rest.resource.find(({ type }) => type === 'Patient');
    for (const { name, type } of patient?.searchParam ?? []) {
      const query = `${name}=${encodeURIComponent(values[type] ?? 'x')}`;
      expect((await fhirRequest(`${node.base}/Patient?${query}`)).status, name).to.equal(200);
    }
  });

  it('is a resource that this node itself takes', async () => {
    const stored = await fhirRequest(`${node.base}/CapabilityStatement`, {
      method: 'POST',
      body: answer.json,
    });
    expect(stored.status, stored.text.slice(0, 300)).to.equal(201);
  });
});
