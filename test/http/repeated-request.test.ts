import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, type FhirRequest, type Json } from '../support/fhir-request.js';
import { batchOf, identified, patient, postEntry, putEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('a write with X-Request-ID', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const write = (path: string, requestId: string, request: FhirRequest) =>
    fhirRequest(`${node.base}${path}`, {
      ...request,
      headers: { ...request.headers, 'X-Request-ID': requestId },
    });
  const total = async (identifier: string): Promise<unknown> =>
    (await fhirRequest(`${node.base}/Patient?identifier=${identifier}&_total=accurate&_count=0`)).json[
      'total'
    ];

  it('echoes the id, and makes one where there is none', async () => {
    const named = await write('/Patient', 'r-0', { method: 'POST', body: patient() });
    expect(named.headers.get('x-request-id')).to.equal('r-0');
    const nameless = await fhirRequest(`${node.base}/metadata`);
    expect(nameless.headers.get('x-request-id')).to.match(/^[0-9a-f-]{36}$/);
  });

  it('creates once and answers a repeat as the first', async () => {
    const request = { method: 'POST', body: identified('r1') };
    const first = await write('/Patient', 'r-1', request);
    const repeat = await write('/Patient', 'r-1', request);
    expect([first.status, repeat.status]).to.deep.equal([201, 201]);
    expect(repeat.text).to.equal(first.text);
    for (const name of ['location', 'etag', 'last-modified']) {
      expect(repeat.headers.get(name)).to.equal(first.headers.get(name));
    }
    expect(await total('r1')).to.equal(1);
  });

  it('creates once when the repeats run in parallel', async () => {
    const request = { method: 'POST', body: identified('r2') };
    const answers = await Promise.all(Array.from({ length: 40 }, () => write('/Patient', 'r-2', request)));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([201]));
    expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
    expect(await total('r2')).to.equal(1);
  });

  it('answers the first update after later ones, changing nothing', async () => {
    const id = randomUUID();
    const first = await write(`/Patient/${id}`, 'r-3', { method: 'PUT', body: patient({ id }) });
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id, active: true }) });
    const repeat = await write(`/Patient/${id}`, 'r-3', { method: 'PUT', body: patient({ id }) });
    expect([repeat.status, repeat.text]).to.deep.equal([first.status, first.text]);
    expect((await fhirRequest(`${node.base}/Patient/${id}`)).json['active']).to.equal(true);
  });

  it('answers an unchanged update and a found conditional create the same way', async () => {
    const id = randomUUID();
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id }) });
    const first = await write(`/Patient/${id}`, 'r-4', { method: 'PUT', body: patient({ id }) });
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id, active: true }) });
    const repeat = await write(`/Patient/${id}`, 'r-4', { method: 'PUT', body: patient({ id }) });
    expect([first.status, repeat.status]).to.deep.equal([200, 200]);
    expect(repeat.headers.get('etag')).to.equal('W/"1"');
  });

  it('answers a repeated delete with the version of the first', async () => {
    const id = randomUUID();
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id }) });
    const first = await write(`/Patient/${id}`, 'r-5', { method: 'DELETE' });
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id }) });
    const repeat = await write(`/Patient/${id}`, 'r-5', { method: 'DELETE' });
    expect([first.status, repeat.status]).to.deep.equal([204, 204]);
    expect(repeat.headers.get('etag')).to.equal(first.headers.get('etag'));
    expect((await fhirRequest(`${node.base}/Patient/${id}`)).status).to.equal(200);
  });

  it('answers 422 when the id was used for another body, path or precondition', async () => {
    await write('/Patient', 'r-6', { method: 'POST', body: identified('r6') });
    const others = [
      await write('/Patient', 'r-6', { method: 'POST', body: identified('r6b') }),
      await write('/Patient', 'r-6', {
        method: 'POST',
        body: identified('r6'),
        headers: { 'If-None-Exist': 'identifier=x' },
      }),
    ];
    for (const other of others) {
      expect(other.status).to.equal(422);
      expect(issuesOf(other)[0]?.code).to.equal('duplicate');
    }
    expect(await total('r6b')).to.equal(0);
  });

  it('evaluates a refusal anew', async () => {
    const id = randomUUID();
    const request = { method: 'PUT', body: patient({ id, active: true }), headers: { 'If-Match': 'W/"1"' } };
    expect((await write(`/Patient/${id}`, 'r-7', request)).status).to.equal(412);
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id }) });
    expect((await write(`/Patient/${id}`, 'r-7', request)).status).to.equal(200);
  });

  it('repeats a transaction as a whole, reads evaluated anew', async () => {
    const id = randomUUID();
    const body = transactionOf(
      postEntry(identified('r8')),
      putEntry(patient({ id })),
      { request: { method: 'GET', url: `Patient/${id}` } },
      { request: { method: 'DELETE', url: 'Patient/never-held' } },
    );
    const first = await write('', 'r-8', { method: 'POST', body });
    const repeat = await write('', 'r-8', { method: 'POST', body });
    expect(first.status).to.equal(200);
    expect(repeat.text).to.equal(first.text);
    expect(await total('r8')).to.equal(1);
  });

  it('repeats the entries of a batch one by one', async () => {
    const body: Json = batchOf(...Array.from({ length: 30 }, () => postEntry(identified('r9'))));
    const first = await write('', 'r-9', { method: 'POST', body });
    const repeat = await write('', 'r-9', { method: 'POST', body });
    expect(entriesOf(first)).to.have.length(30);
    expect(repeat.text).to.equal(first.text);
    expect(await total('r9')).to.equal(30);
  });

  for (const bad of ['x'.repeat(129), 'with space', 'tab\tinside']) {
    it(`answers 400 to an id of ${String(bad.length)} characters that can not be kept`, async () => {
      const answer = await write('/Patient', bad, { method: 'POST', body: patient() });
      expect(answer.status).to.equal(400);
      expect(answer.headers.get('x-request-id')).not.to.equal(bad);
    });
  }

  it('echoes X-Correlation-ID', async () => {
    const answer = await fhirRequest(`${node.base}/metadata`, { headers: { 'X-Correlation-ID': 'case-1' } });
    expect(answer.headers.get('x-correlation-id')).to.equal('case-1');
  });
});
