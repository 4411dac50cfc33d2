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
});
