import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { encodeIndex } from '../../src/fhir/search/index-codec.js';
import { entriesOf, fhirRequest, issuesOf, type Json } from '../support/fhir-request.js';
import { observation, patient, postEntry, putEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const organization: Json = { resourceType: 'Organization', name: 'Township clinic' };

describe('a replica', () => {
  let node: TestNode;
  const id = randomUUID();
  before(async () => {
    node = await startNode();
    const body = `{"resourceType":"Patient","id":"${id}","meta":{"versionId":"3","lastUpdated":"2026-01-01T00:00:00.000Z"}}`;
    await node.store.commit({
      changes: [
        {
          kind: 'replica',
          key: { type: 'Patient', id },
          versionId: 3,
          lastUpdated: '2026-01-01T00:00:00.000Z',
          deleted: false,
          body,
          hash: 'a'.repeat(64),
          index: encodeIndex([]),
          origin: { owner: 'city-x', source: 'hospital-9', receivedFrom: 'city-x', lane: 'workflow' },
          routing: { profiles: [], labels: [] },
        },
      ],
      guards: [],
    });
  });
  after(() => node.close());

  it('is read and referred to like any record', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/${id}`);
    expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, 'W/"3"']);
    const subject = { reference: `Patient/${id}` };
    const made = await fhirRequest(`${node.base}/Observation`, {
      method: 'POST',
      body: observation({ subject }),
    });
    expect(made.status).to.equal(201);
  });

  it('is not written by clients: 409 names the owner', async () => {
    const url = `${node.base}/Patient/${id}`;
    for (const answer of [
      await fhirRequest(url, { method: 'PUT', body: patient({ id }) }),
      await fhirRequest(url, { method: 'DELETE' }),
      await fhirRequest(node.base, { method: 'POST', body: transactionOf(putEntry(patient({ id }))) }),
    ]) {
      expect(answer.status).to.equal(409);
      expect(issuesOf(answer)[0]?.diagnostics).to.contain('city-x');
    }
    expect((await fhirRequest(url)).headers.get('etag')).to.equal('W/"3"');
  });
});

describe('a directory that is kept at the parent', () => {
  let node: TestNode;
  let ready = false;
  before(async () => {
    node = await startNode({ directory: { owner: 'parent', ready: () => ready } });
  });
  after(() => node.close());
  beforeEach(() => {
    ready = false;
  });

  it('is not written here: 409 says where to', async () => {
    for (const answer of [
      await fhirRequest(`${node.base}/Organization`, { method: 'POST', body: organization }),
      await fhirRequest(node.base, { method: 'POST', body: transactionOf(postEntry(organization)) }),
    ]) {
      expect(answer.status).to.equal(409);
      expect(issuesOf(answer)[0]?.diagnostics).to.contain('city-x');
    }
  });

  const referring = observation({ performer: [{ reference: `Organization/${randomUUID()}` }] });
  const conditional = observation({ performer: [{ reference: 'Organization?name=nobody' }] });
  const sendAll = async () => [
    await fhirRequest(`${node.base}/Observation`, { method: 'POST', body: referring }),
    await fhirRequest(node.base, { method: 'POST', body: transactionOf(postEntry(referring)) }),
    await fhirRequest(node.base, { method: 'POST', body: transactionOf(postEntry(conditional)) }),
  ];

  it('lets a reference wait with 503 and Retry-After until its first pass is through, then answers 422', async () => {
    for (const answer of await sendAll()) {
      expect(answer.status).to.equal(503);
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
      expect(issuesOf(answer)[0]?.code).to.equal('transient');
    }
    ready = true;
    for (const answer of await sendAll()) expect(answer.status).to.equal(422);
  });

  it('answers 422 at once where something else is missing too', async () => {
    const both = { ...referring, subject: { reference: `Patient/${randomUUID()}` } };
    const answer = await fhirRequest(`${node.base}/Observation`, { method: 'POST', body: both });
    expect(answer.status).to.equal(422);
    expect(issuesOf(answer)).to.have.length(2);
    expect(entriesOf(answer)).to.deep.equal([]);
  });
});
