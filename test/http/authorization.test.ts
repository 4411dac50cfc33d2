import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, type FhirRequest } from '../support/fhir-request.js';
import {
  batchOf,
  identified,
  observation,
  patient,
  postEntry,
  putEntry,
  transactionOf,
} from '../support/records.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('authorization', () => {
  const client = makeClient({
    id: 'his-1',
    source: 'hospital-1',
    idPrefix: 'h1-',
    scopes: ['system/*.cruds'],
  });
  let node: TestNode;
  before(async () => {
    node = await startNode({ clients: [client.registration], anyId: false });
  });
  after(() => node.close());
  async function as(scope: string, path: string, request: FhirRequest = {}) {
    const token = await signIn(node.origin, client, scope);
    return fhirRequest(`${node.base}${path}`, {
      ...request,
      headers: { ...request.headers, Authorization: `Bearer ${token}` },
    });
  }

  it('answers 401 without a token, metadata excepted', async () => {
    for (const [method, path] of [
      ['GET', '/Patient/1'],
      ['GET', '/Patient'],
      ['POST', ''],
      ['GET', '/_history'],
    ] as const) {
      const answer = await fhirRequest(`${node.base}${path}`, { method });
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.equal('Bearer');
      expect(issuesOf(answer)[0]?.code).to.equal('login');
    }
    expect((await fhirRequest(`${node.base}/metadata`)).status).to.equal(200);
    expect((await fhirRequest(`${node.base}/.well-known/smart-configuration`)).status).to.equal(200);
    expect((await fhirRequest(`${node.origin}/api/volumes`)).status).to.equal(401);
  });

  it('answers 403 to what the scopes do not cover', async () => {
    const body = patient();
    expect((await as('system/Patient.rs', '/Patient', { method: 'POST', body })).status).to.equal(403);
    expect((await as('system/Patient.c', '/Patient', { method: 'POST', body })).status).to.equal(201);
    expect((await as('system/Patient.c', '/Patient')).status).to.equal(403);
    expect((await as('system/Patient.s', '/Observation')).status).to.equal(403);
    expect((await as('system/Patient.s', '/_history')).status).to.equal(403);
    expect((await as('system/*.s', '/_history')).status).to.equal(200);
  });

  it('asks for the right to search where criteria are resolved', async () => {
    const request = { method: 'POST', body: identified('a1'), headers: { 'If-None-Exist': 'identifier=a1' } };
    expect((await as('system/Patient.c', '/Patient', request)).status).to.equal(403);
    expect((await as('system/Patient.cs', '/Patient', request)).status).to.equal(201);
  });

  it('refuses a transaction with one entry that may not be, and that entry alone of a batch', async () => {
    const entries = [postEntry(identified('a2')), postEntry(observation())];
    const whole = await as('system/Patient.cs', '', { method: 'POST', body: transactionOf(...entries) });
    expect(whole.status).to.equal(403);
    expect(issuesOf(whole)[0]?.expression?.[0]).to.contain('entry[1]');
    const single = await as('system/Patient.cs', '', { method: 'POST', body: batchOf(...entries) });
    const statuses = entriesOf(single).map(({ response }) => response?.status);
    expect(statuses).to.deep.equal(['201 Created', '403 Forbidden']);
    const found = await as('system/Patient.s', '/Patient?identifier=a2&_total=accurate');
    expect(found.json['total']).to.equal(1);
  });

  it('asks for the right to search where a conditional reference is resolved', async () => {
    const subject = { reference: 'Patient?identifier=a2' };
    const body = transactionOf(postEntry(observation({ subject })));
    expect((await as('system/Observation.c', '', { method: 'POST', body })).status).to.equal(403);
    const both = await as('system/Observation.c system/Patient.s', '', { method: 'POST', body });
    expect(both.status).to.equal(200);
  });

  it("lets a client choose ids with its prefix or UUIDs, and takes its institution as the record's source", async () => {
    for (const [id, status] of [
      ['h1-007', 201],
      [randomUUID(), 201],
      ['h2-007', 422],
    ] as const) {
      const answer = await as('system/Patient.u', `/Patient/${id}`, { method: 'PUT', body: patient({ id }) });
      expect(answer.status, id).to.equal(status);
      const inBundle = await as('system/Patient.u', '', {
        method: 'POST',
        body: transactionOf(putEntry(patient({ id: id.replace('07', '08') }))),
      });
      expect(inBundle.status === 200, id).to.equal(status === 201);
    }
    const [version] = await node.store.read([{ type: 'Patient', id: 'h1-007' }]);
    expect(version?.origin).to.deep.include({
      owner: 'county-a',
      source: 'hospital-1',
      receivedFrom: 'his-1',
    });
  });
});

describe('a peer node', () => {
  it('gets what nodes ask each other, and no records or figures', async () => {
    const peer = makeClient({ id: 'city-1', kind: 'node', source: 'city-1', scopes: ['system/*.rs'] });
    const node = await startNode({ clients: [peer.registration], anyId: false });
    const token = await signIn(node.origin, peer, 'system/*.rs');
    const headers = { Authorization: `Bearer ${token}` };
    const entry = { request: { method: 'GET', url: 'Patient' } };
    const answers = [
      await fhirRequest(`${node.base}/Patient`, { headers }),
      await fhirRequest(`${node.base}/Patient/1`, { headers }),
      await fhirRequest(node.base, { headers, method: 'POST', body: batchOf(entry) }),
      await fhirRequest(`${node.origin}/api/volumes`, { headers }),
      await fhirRequest(`${node.origin}/api/exchange/streams`, { headers }),
      await fhirRequest(`${node.origin}/api/exchange/reconcile`, { headers, method: 'POST', body: {} }),
    ];
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([403]));
    await node.close();
  });
});

describe('a node without sign-in', () => {
  it('takes requests without a token', async () => {
    const node = await startNode();
    const answer = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    expect(answer.status).to.equal(201);
    await node.close();
  });
});
