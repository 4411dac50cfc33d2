import { expect } from 'chai';

import { fhirRequest, issuesOf, type FhirAnswer } from '../support/fhir-request.js';
import { patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('read', () => {
  let node: TestNode;
  let made: FhirAnswer;
  let url: string;
  before(async () => {
    node = await startNode();
    made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    url = `${node.base}/Patient/${String(made.json['id'])}`;
  });
  after(() => node.close());

  it('answers the stored text with ETag and Last-Modified', async () => {
    const answer = await fhirRequest(url);
    expect(answer.status).to.equal(200);
    expect(answer.text).to.equal(made.text);
    expect(answer.headers.get('content-type')).to.equal('application/fhir+json; charset=utf-8');
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    const { lastUpdated } = answer.json['meta'] as { lastUpdated: string };
    expect(answer.headers.get('last-modified')).to.equal(new Date(lastUpdated).toUTCString());
  });

  it('answers 304 without a body when If-None-Match names the version', async () => {
    const answer = await fhirRequest(url, { headers: { 'If-None-Match': 'W/"1"' } });
    expect(answer.status).to.equal(304);
    expect(answer.text).to.equal('');
    expect((await fhirRequest(url, { headers: { 'If-None-Match': 'W/"2"' } })).status).to.equal(200);
  });

  it('answers 304 when nothing changed since If-Modified-Since', async () => {
    const since = made.headers.get('last-modified') ?? '';
    expect((await fhirRequest(url, { headers: { 'If-Modified-Since': since } })).status).to.equal(304);
    const earlier = new Date(Date.parse(since) - 5000).toUTCString();
    expect((await fhirRequest(url, { headers: { 'If-Modified-Since': earlier } })).status).to.equal(200);
  });

  it('answers HEAD with the headers of GET and no body', async () => {
    const answer = await fhirRequest(url, { method: 'HEAD' });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    expect(Number(answer.headers.get('content-length'))).to.equal(Buffer.byteLength(made.text));
    expect(answer.text).to.equal('');
  });

  it('answers 404 for an id that was never held', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/0190a3b4-0000-7000-8000-000000000000`);
    expect(answer.status).to.equal(404);
    expect(issuesOf(answer)[0]?.code).to.equal('not-found');
  });

  it('answers 410 after a delete', async () => {
    const other = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    const otherUrl = `${node.base}/Patient/${String(other.json['id'])}`;
    await fhirRequest(otherUrl, { method: 'DELETE' });
    const answer = await fhirRequest(otherUrl);
    expect(answer.status).to.equal(410);
    expect(issuesOf(answer)[0]?.code).to.equal('deleted');
  });

  it('carries security headers and no word about the framework', async () => {
    const { headers } = await fhirRequest(url);
    expect(headers.get('x-content-type-options')).to.equal('nosniff');
    expect(headers.get('content-security-policy')).to.equal("default-src 'none';frame-ancestors 'none'");
    expect(headers.get('cache-control')).to.equal('no-store');
    expect(headers.get('x-powered-by')).to.equal(null);
  });
});

describe('vread', () => {
  let node: TestNode;
  let url: string;
  before(async () => {
    node = await startNode();
    const made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    const id = String(made.json['id']);
    url = `${node.base}/Patient/${id}`;
    await fhirRequest(url, { method: 'PUT', body: patient({ id, active: true }) });
    await fhirRequest(url, { method: 'DELETE' });
  });
  after(() => node.close());

  it('answers each version as it was', async () => {
    const first = await fhirRequest(`${url}/_history/1`);
    const second = await fhirRequest(`${url}/_history/2`);
    expect([first.status, second.status]).to.deep.equal([200, 200]);
    expect(first.json['active']).to.equal(undefined);
    expect(second.json['active']).to.equal(true);
    expect(second.headers.get('etag')).to.equal('W/"2"');
  });

  it('answers 410 for the version that is the delete', async () => {
    expect((await fhirRequest(`${url}/_history/3`)).status).to.equal(410);
  });

  for (const version of ['4', '0', 'abc', '1.0', '99999999999999999999']) {
    it(`answers 404 for version ${version}`, async () => {
      const answer = await fhirRequest(`${url}/_history/${version}`);
      expect(answer.status).to.equal(404);
      expect(issuesOf(answer)[0]?.code).to.equal('not-found');
    });
  }
});
