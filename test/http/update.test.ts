import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { fhirRequest, issuesOf, linkOf, type Json } from '../support/fhir-request.js';
import { identified, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('update', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ anyId: false });
  });
  after(() => node.close());
  const put = (id: string, fields: Json = {}, headers: Record<string, string> = {}) =>
    fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: patient({ id, ...fields }), headers });

  it('creates under a UUID that nobody holds, then counts versions up', async () => {
    const id = randomUUID();
    const first = await put(id);
    const second = await put(id, { active: true });
    expect([first.status, second.status]).to.deep.equal([201, 200]);
    expect(first.headers.get('location')).to.equal(`${node.base}/Patient/${id}/_history/1`);
    expect(second.headers.get('etag')).to.equal('W/"2"');
    const [before, after] = [first, second].map(
      ({ json }) => (json['meta'] as { lastUpdated: string }).lastUpdated,
    );
    expect(Date.parse(after ?? '')).to.be.greaterThan(Date.parse(before ?? ''));
  });

  it('stores nothing where the body equals the current version', async () => {
    const id = randomUUID();
    const first = await put(id);
    const again = await put(id);
    const stamped = await put(id, { meta: { versionId: '7', lastUpdated: '2001-01-01T00:00:00Z' } });
    expect([again.status, stamped.status]).to.deep.equal([200, 200]);
    expect(again.text).to.equal(first.text);
    expect(stamped.headers.get('etag')).to.equal('W/"1"');
    const history = await fhirRequest(`${node.base}/Patient/${id}/_history`);
    expect(history.json['total']).to.equal(1);
  });

  it('answers 412 when If-Match is stale and 200 when it is not', async () => {
    const id = randomUUID();
    expect((await put(id, {}, { 'If-Match': 'W/"1"' })).status).to.equal(412);
    await put(id);
    await put(id, { active: true });
    const stale = await put(id, { active: false }, { 'If-Match': 'W/"1"' });
    expect(stale.status).to.equal(412);
    expect(issuesOf(stale)[0]?.code).to.equal('conflict');
    expect((await put(id, { active: false }, { 'If-Match': 'W/"2"' })).status).to.equal(200);
  });

  it('answers 412 to If-None-Match: * where the resource exists', async () => {
    const id = randomUUID();
    expect((await put(id, {}, { 'If-None-Match': '*' })).status).to.equal(201);
    expect((await put(id, { active: true }, { 'If-None-Match': '*' })).status).to.equal(412);
  });

  it('says what to do instead of choosing a short id', async () => {
    const answer = await put('p1');
    expect(answer.status).to.equal(422);
    expect(issuesOf(answer)[0]?.diagnostics).to.contain('POST').and.to.contain('UUID');
  });

  it('answers 400 where the body has another id than the URL, or none', async () => {
    const id = randomUUID();
    for (const body of [patient({ id: randomUUID() }), patient()]) {
      const answer = await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body });
      expect(answer.status).to.be.oneOf([400, 422]);
      expect(issuesOf(answer)[0]?.expression?.[0]).to.equal('Patient.id');
    }
    expect((await fhirRequest(`${node.base}/Patient/${id}`)).status).to.equal(404);
  });

  it('answers 400 to an id that is none', async () => {
    expect((await put('a_b')).status).to.equal(400);
    expect((await put('x'.repeat(65))).status).to.equal(400);
  });

  it('lets parallel updates of one resource follow each other', async () => {
    const id = randomUUID();
    await put(id);
    const answers = await Promise.all(
      Array.from({ length: 32 }, (_, n) => put(id, { birthDate: `19${String(n + 10)}-01-01` })),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 32 }, () => 200));
    const etags = new Set(answers.map(({ headers }) => headers.get('etag')));
    expect(etags.size).to.equal(32);
  });
});

describe('conditional update', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ anyId: false });
  });
  after(() => node.close());
  const putWhere = (value: string, body: Json, query = `identifier=urn:test:mrn|${value}`) =>
    fhirRequest(`${node.base}/Patient?${query}`, { method: 'PUT', body });

  it('creates where nothing matches and updates the one match', async () => {
    const first = await putWhere('u1', identified('u1'));
    const second = await putWhere('u1', { ...identified('u1'), active: true });
    const third = await putWhere('u1', { ...identified('u1'), active: true });
    expect([first.status, second.status, third.status]).to.deep.equal([201, 200, 200]);
    expect(second.json['id']).to.equal(first.json['id']);
    expect(second.headers.get('etag')).to.equal('W/"2"');
    expect(third.headers.get('etag')).to.equal('W/"2"');
  });

  it('takes an id in the body for an update as create, and refuses one that differs from the match', async () => {
    const id = randomUUID();
    const first = await putWhere('u2', { ...identified('u2'), id });
    expect([first.status, first.json['id']]).to.deep.equal([201, id]);
    const other = await putWhere('u2', { ...identified('u2'), id: randomUUID() });
    expect(other.status).to.equal(400);
    const elsewhere = await putWhere('u3', { ...identified('u3'), id });
    expect(elsewhere.status).to.equal(409);
  });

  it('answers 412 where more than one matches, 400 without criteria', async () => {
    for (const _ of [1, 2])
      await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: identified('u4') });
    expect((await putWhere('u4', identified('u4'))).status).to.equal(412);
    expect((await putWhere('', identified('u5'), '')).status).to.equal(400);
  });

  it('makes one resource of parallel identical requests', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => putWhere('u6', identified('u6'))));
    expect(new Set(answers.map(({ json }) => json['id'])).size).to.equal(1);
    expect(answers.filter(({ status }) => status === 201)).to.have.length(1);
    const found = await fhirRequest(`${node.base}/Patient?identifier=u6&_total=accurate`);
    expect(found.json['total']).to.equal(1);
    expect(linkOf(found, 'self')).to.contain('identifier=u6');
  });

  it('lets parallel updates under the same criteria follow each other', async () => {
    const dates = Array.from({ length: 60 }, (_, n) => `19${String(n + 10)}-01-01`);
    const answers = await Promise.all(
      dates.map((birthDate) => putWhere('u7', { ...identified('u7'), birthDate })),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([...Array.from({ length: 59 }, () => 200), 201]);
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).to.equal(60);
  });
});
