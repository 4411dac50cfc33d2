import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, type Json } from '../support/fhir-request.js';
import { batchOf, identified, observation, patient, postEntry, putEntry } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('batch', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const send = (bundle: Json, headers: Record<string, string> = {}) =>
    fhirRequest(node.base, { method: 'POST', body: bundle, headers });

  const statusesOf = (answer: { json: Json }) =>
    entriesOf(answer).map(({ response }) => response?.status.slice(0, 3));

  it('carries out each entry alone and answers in their order', async () => {
    const id = randomUUID();
    const answer = await send(
      batchOf(
        postEntry(identified('b1')),
        postEntry(observation({ status: 'no such status' })),
        putEntry(patient({ id })),
        { request: { method: 'GET', url: 'Patient/never-held' } },
        { request: { method: 'DELETE', url: 'Patient/never-held' } },
        { request: { method: 'GET', url: 'Nonsense/1' } },
        { request: { method: 'GET', url: 'Patient?colour=red' } },
        { request: { method: 'GET', url: 'metadata' } },
      ),
    );
    expect([answer.status, answer.json['type']]).to.deep.equal([200, 'batch-response']);
    const statuses = entriesOf(answer).map(({ response }) => response?.status.slice(0, 3));
    expect(statuses[1]).to.be.oneOf(['400', '422']);
    expect(statuses.filter((_, index) => index !== 1)).to.deep.equal([
      '201',
      '201',
      '404',
      '204',
      '404',
      '400',
      '404',
    ]);
    const outcome = entriesOf(answer)[1]?.response?.outcome ?? {};
    expect(issuesOf({ json: outcome })[0]?.expression?.[0]).to.equal('Observation.status');
    expect((await fhirRequest(`${node.base}/Patient/${id}`)).status).to.equal(200);
  });

  it('commits hundreds of conditional creates once each, however often the batch comes', async () => {
    const entries = Array.from({ length: 300 }, (_, n) =>
      postEntry(identified(`b2-${String(n)}`), { ifNoneExist: `identifier=urn:test:mrn|b2-${String(n)}` }),
    );
    const first = await send(batchOf(...entries));
    const second = await send(batchOf(...entries));
    const statuses = (answer: { json: Json }) =>
      new Set(entriesOf(answer).map(({ response }) => response?.status));
    expect([...statuses(first), ...statuses(second)]).to.deep.equal(['201 Created', '200 OK']);
  });

  it('resolves ifMatch, ifNoneMatch and conditional urls of its entries', async () => {
    const id = randomUUID();
    await send(batchOf(putEntry({ ...identified('b3'), id })));
    const answer = await send(
      batchOf(
        putEntry({ ...identified('b3'), id, active: true }, { ifMatch: 'W/"9"' }),
        { request: { method: 'GET', url: `Patient/${id}`, ifNoneMatch: 'W/"1"' } },
        {
          resource: { ...identified('b3'), active: false },
          request: { method: 'PUT', url: 'Patient?identifier=b3' },
        },
        { request: { method: 'DELETE', url: 'Patient?identifier=nobody' } },
      ),
    );
    const statuses = entriesOf(answer).map(({ response }) => response?.status.slice(0, 3));
    expect([statuses[0], statuses[2], statuses[3]]).to.deep.equal(['412', '200', '204']);
    expect(statuses[1]).to.be.oneOf(['304', '200']);
  });

  it('holds ifMatch against what a conditional delete finds', async () => {
    await send(batchOf(postEntry(identified('b4'))));
    const remove = (ifMatch: string) => ({
      request: { method: 'DELETE', url: 'Patient?identifier=b4', ifMatch },
    });
    expect(statusesOf(await send(batchOf(remove('W/"9"'))))).to.deep.equal(['412']);
    expect(statusesOf(await send(batchOf(remove('W/"1"'))))).to.deep.equal(['204']);
  });

  it('refuses a query on the URL of one resource, which would be passed over', async () => {
    const id = randomUUID();
    await send(batchOf(putEntry(patient({ id }))));
    const url = `Patient/${id}`;
    const answer = await send(
      batchOf(
        { request: { method: 'DELETE', url: `${url}?identifier=other` } },
        { ...putEntry(patient({ id, active: true })), request: { method: 'PUT', url: `${url}?a=b` } },
        { request: { method: 'GET', url: `${url}?_elements=name` } },
        { request: { method: 'GET', url: `${url}?_summary=true` } },
        { request: { method: 'GET', url: `${url}/_history?_elements=name` } },
        { request: { method: 'GET', url: `${url}/_history/1?birthdate=1980` } },
        { request: { method: 'GET', url: `${url}?_format=json&_summary=false` } },
      ),
    );
    expect(statusesOf(answer)).to.deep.equal(['400', '400', '400', '400', '400', '400', '200']);
    expect((await fhirRequest(`${node.base}/${url}`)).headers.get('etag')).to.equal('W/"1"');
  });

  it('reads conditionally by ifModifiedSince, and shows nothing to a HEAD but the version', async () => {
    const id = randomUUID();
    await send(batchOf(putEntry(patient({ id }))));
    const url = `Patient/${id}`;
    const answer = await send(
      batchOf(
        { request: { method: 'GET', url, ifModifiedSince: '2999-01-01T00:00:00Z' } },
        { request: { method: 'GET', url, ifModifiedSince: '2001-01-01T00:00:00Z' } },
        { request: { method: 'HEAD', url } },
        { request: { method: 'HEAD', url: `Patient?_id=${id}` } },
        { request: { method: 'HEAD', url: 'Patient/never-held' } },
      ),
    );
    expect(statusesOf(answer)).to.deep.equal(['304', '200', '200', '200', '404']);
    expect(entriesOf(answer).map(({ resource }) => resource !== undefined)).to.deep.equal([
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(entriesOf(answer)[2]?.response?.etag).to.equal('W/"1"');
  });
});
