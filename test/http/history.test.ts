import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, linkOf, type FhirAnswer } from '../support/fhir-request.js';
import { observation, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('history', () => {
  let node: TestNode;
  let id: string;
  let nowMs = Date.UTC(2026, 10, 24, 3, 0, 0);
  before(async () => {
    node = await startNode({ now: () => (nowMs += 10) });
    const made = await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    id = String(made.json['id']);
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id, active: true }) });
    await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'DELETE' });
    await fhirRequest(`${node.base}/Observation`, { method: 'POST', body: observation() });
  });
  after(() => node.close());

  it('of an instance lists every version, the newest first, the delete without a resource', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/${id}/_history`);
    expect([answer.status, answer.json['type'], answer.json['total']]).to.deep.equal([200, 'history', 3]);
    const entries = entriesOf(answer);
    expect(entries.map(({ request }) => request?.method)).to.deep.equal(['DELETE', 'PUT', 'POST']);
    expect(entries.map(({ response }) => response?.etag)).to.deep.equal(['W/"3"', 'W/"2"', 'W/"1"']);
    expect(entries[0]).not.to.have.property('resource');
    expect(entries[1]?.resource?.['active']).to.equal(true);
    expect(entries[2]?.request?.url).to.equal('Patient');
  });

  it('of a type and of the system go by arrival', async () => {
    const ofType = await fhirRequest(`${node.base}/Patient/_history`);
    const ofSystem = await fhirRequest(`${node.base}/_history`);
    expect([ofType.json['total'], ofSystem.json['total']]).to.deep.equal([4, 5]);
    expect(entriesOf(ofSystem)[0]?.resource?.['resourceType']).to.equal('Observation');
  });

  it('pages by next links through every version once', async () => {
    const seen: string[] = [];
    let url: string | undefined = `${node.base}/_history?_count=2`;
    while (url !== undefined) {
      const page: FhirAnswer = await fhirRequest(url);
      seen.push(
        ...entriesOf(page).map(({ fullUrl, response }) => `${String(fullUrl)} ${String(response?.etag)}`),
      );
      url = linkOf(page, 'next');
    }
    expect(seen).to.have.length(5);
    expect(new Set(seen).size).to.equal(5);
  });

  it('takes _since as arrival at or after', async () => {
    const all = entriesOf(await fhirRequest(`${node.base}/_history`));
    const third = all[2]?.response?.lastModified ?? '';
    const since = await fhirRequest(`${node.base}/_history?_since=${encodeURIComponent(third)}`);
    expect(since.json['total']).to.be.oneOf([2, 3]);
    const later = await fhirRequest(`${node.base}/_history?_since=2099-01-01T00:00:00Z`);
    expect([later.json['total'], entriesOf(later).length]).to.deep.equal([0, 0]);
  });

  it('answers 404 for an instance that was never held', async () => {
    expect((await fhirRequest(`${node.base}/Patient/never-held/_history`)).status).to.equal(404);
  });

  for (const query of ['_since=yesterday', '_count=x', '_count=1234567890', '_at=2026', '_cursor=forged']) {
    it(`answers 400 to ${query}`, async () => {
      const answer = await fhirRequest(`${node.base}/Patient/_history?${query}`);
      expect(answer.status).to.equal(400);
      expect(issuesOf(answer)[0]?.severity).to.equal('error');
    });
  }
});
