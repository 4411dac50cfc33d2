import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { encodeIndex } from '../../src/fhir/search/index-codec.js';
import { entriesOf, fhirRequest, issuesOf, type FhirRequest, type Json } from '../support/fhir-request.js';
import { batchOf, observation, patient, postEntry, putEntry, transactionOf } from '../support/records.js';
import { makeClient, signIn } from '../support/sign-in.js';
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

describe('a record that another institution has sent', () => {
  const clientOf = (id: string, source: string) =>
    makeClient({ id, source, idPrefix: `${id}-`, scopes: ['system/*.cruds'] });
  const [alice, bob, carol] = [
    clientOf('alice', 'hospital-1'),
    clientOf('bob', 'hospital-1'),
    clientOf('carol', 'hospital-2'),
  ];
  let node: TestNode;
  before(async () => {
    node = await startNode({
      clients: [alice, bob, carol].map(({ registration }) => registration),
      anyId: false,
    });
  });
  after(() => node.close());
  async function as(client: typeof alice, path: string, request: FhirRequest = {}) {
    const token = await signIn(node.origin, client, 'system/*.cruds');
    const headers = { ...request.headers, Authorization: `Bearer ${token}` };
    return fhirRequest(`${node.base}${path}`, { ...request, headers });
  }
  const fields = { id: 'alice-1', identifier: [{ system: 'urn:test:mrn', value: 'o1' }] };
  const changed = patient({ ...fields, active: true });
  const inBundle = (entry: Json) => ({ method: 'POST', body: transactionOf(entry) });

  it('is neither updated nor deleted: 403 names the institution', async () => {
    await as(alice, '/Patient/alice-1', { method: 'PUT', body: patient(fields) });
    for (const answer of [
      await as(carol, '/Patient/alice-1', { method: 'PUT', body: changed }),
      await as(carol, '/Patient/alice-1', { method: 'DELETE' }),
      await as(carol, '/Patient?identifier=o1', { method: 'PUT', body: changed }),
      await as(carol, '/Patient?identifier=o1', { method: 'DELETE' }),
      await as(carol, '', inBundle(putEntry(changed))),
      await as(carol, '', inBundle({ request: { method: 'DELETE', url: 'Patient/alice-1' } })),
      await as(carol, '', inBundle({ request: { method: 'DELETE', url: 'Patient?identifier=o1' } })),
    ]) {
      expect(answer.status).to.equal(403);
      expect(issuesOf(answer)[0]?.diagnostics).to.contain('hospital-1');
    }
    const batch = { method: 'POST', body: batchOf(putEntry(changed)) };
    const [entry] = entriesOf(await as(carol, '', batch));
    expect(entry?.response?.status).to.equal('403 Forbidden');
    const held = await as(carol, '/Patient/alice-1');
    expect(held.headers.get('etag')).to.equal('W/"1"');
  });

  it('is updated and deleted by any client of that institution, and stays its after the delete', async () => {
    const updated = await as(bob, '/Patient/alice-1', { method: 'PUT', body: changed });
    expect(updated.status).to.equal(200);
    expect((await as(bob, '/Patient/alice-1', { method: 'DELETE' })).status).to.equal(204);
    const taken = await as(carol, '/Patient/alice-1', { method: 'PUT', body: changed });
    expect(taken.status).to.equal(403);
  });
});
