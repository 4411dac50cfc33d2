import { expect } from 'chai';

import { fhirRequest, issuesOf, referenceIn } from '../support/fhir-request.js';
import { identified, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('delete', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  async function make(): Promise<string> {
    const made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    return `${node.base}/${referenceIn(made.headers.get('location'))}`;
  }

  it('answers 204 with the version that is the delete, and again the same', async () => {
    const url = await make();
    const first = await fhirRequest(url, { method: 'DELETE' });
    const again = await fhirRequest(url, { method: 'DELETE' });
    expect([first.status, again.status]).to.deep.equal([204, 204]);
    expect([first.text, first.headers.get('etag')]).to.deep.equal(['', 'W/"2"']);
    expect(again.headers.get('etag')).to.equal('W/"2"');
  });

  it('answers 204 for what was never held', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/never-held`, { method: 'DELETE' });
    expect(answer.status).to.equal(204);
  });

  it('takes it out of searches', async () => {
    const url = await make();
    const id = url.slice(url.lastIndexOf('/') + 1);
    await fhirRequest(url, { method: 'DELETE' });
    const found = await fhirRequest(`${node.base}/Patient?_id=${id}&_total=accurate`);
    expect(found.json['total']).to.equal(0);
    expect(found.json).not.to.have.property('entry');
  });

  it('answers 412 when If-Match is stale', async () => {
    const url = await make();
    expect((await fhirRequest(url, { method: 'DELETE', headers: { 'If-Match': 'W/"9"' } })).status).to.equal(
      412,
    );
    expect((await fhirRequest(url)).status).to.equal(200);
  });

  it('lets an update bring it back under the next version', async () => {
    const url = await make();
    const id = url.slice(url.lastIndexOf('/') + 1);
    await fhirRequest(url, { method: 'DELETE' });
    const back = await fhirRequest(url, { method: 'PUT', body: patient({ id }) });
    expect([back.status, back.headers.get('etag')]).to.deep.equal([201, 'W/"3"']);
    expect((await fhirRequest(url)).status).to.equal(200);
  });
});

describe('conditional delete', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const make = (value: string) =>
    fhirRequest(`${node.base}/Patient`, { method: 'POST', body: identified(value) });
  const deleteWhere = (query: string) => fhirRequest(`${node.base}/Patient?${query}`, { method: 'DELETE' });

  it('deletes the one match', async () => {
    const made = await make('d1');
    expect((await deleteWhere('identifier=d1')).status).to.equal(204);
    const url = `${node.base}/${referenceIn(made.headers.get('location'))}`;
    expect((await fhirRequest(url)).status).to.equal(410);
    expect((await deleteWhere('identifier=d1')).status).to.equal(204);
  });

  it('answers 412 and deletes nothing where more than one matches', async () => {
    await make('d2');
    await make('d2');
    const answer = await deleteWhere('identifier=d2');
    expect(answer.status).to.equal(412);
    expect(issuesOf(answer)[0]?.code).to.equal('multiple-matches');
    const found = await fhirRequest(`${node.base}/Patient?identifier=d2&_total=accurate`);
    expect(found.json['total']).to.equal(2);
  });

  it('answers 412 and deletes nothing when If-Match is stale', async () => {
    await make('d3');
    const url = `${node.base}/Patient?identifier=d3`;
    const remove = (ifMatch: string) =>
      fhirRequest(url, { method: 'DELETE', headers: { 'If-Match': ifMatch } });
    expect((await remove('W/"9"')).status).to.equal(412);
    expect((await fhirRequest(`${url}&_summary=count`)).json['total']).to.equal(1);
    expect((await remove('W/"1"')).status).to.equal(204);
    expect((await fhirRequest(`${url}&_summary=count`)).json['total']).to.equal(0);
  });

  it('answers 400 without criteria', async () => {
    expect((await deleteWhere('')).status).to.equal(400);
  });
});
