import { expect } from 'chai';

import { fhirRequest, issuesOf, referenceIn } from '../support/fhir-request.js';
import { identified, observation, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('create', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const post = (body: unknown, headers: Record<string, string> = {}, type = 'Patient') =>
    fhirRequest(`${node.base}/${type}`, { method: 'POST', body, headers });

  it('mints an id and answers 201 with Location, ETag and the resource', async () => {
    const answer = await post(patient({ id: 'chosen-by-the-client' }));
    expect(answer.status).to.equal(201);
    const id = String(answer.json['id']);
    expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(answer.headers.get('location')).to.equal(`${node.base}/Patient/${id}/_history/1`);
    expect(answer.headers.get('etag')).to.equal('W/"1"');
    expect((answer.json['meta'] as { versionId: string }).versionId).to.equal('1');
  });

  it("keeps decimals and the client's meta as they were sent", async () => {
    const text =
      '{ "resourceType": "Observation", "status": "final", "code": {"text": "x"},\n' +
      ' "meta": {"tag": [{"code": "a b"}]}, "valueQuantity": {"value": 1.10},' +
      ' "referenceRange": [{"low": {"value": 0.12345678901234567890}}] }';
    const made = await post(text, {}, 'Observation');
    expect(made.status).to.equal(201);
    const answer = await fhirRequest(`${node.base}/${referenceIn(made.headers.get('location'))}`);
    expect(answer.text).to.contain('"value":1.10}');
    expect(answer.text).to.contain('0.12345678901234567890');
    expect(answer.text).to.contain('"tag":[{"code":"a b"}]');
  });

  it('answers what Prefer return= asks for', async () => {
    const minimal = await post(patient(), { Prefer: 'return=minimal' });
    expect([minimal.status, minimal.text]).to.deep.equal([201, '']);
    expect(minimal.headers.get('location')).to.contain('/_history/1');
    const outcome = await post(patient(), { Prefer: 'return=OperationOutcome' });
    expect(issuesOf(outcome)[0]?.severity).to.equal('information');
    const whole = await post(patient(), { Prefer: 'return=representation' });
    expect(whole.json['resourceType']).to.equal('Patient');
  });

  it('lists all faults with their places and stores nothing', async () => {
    const before = await fhirRequest(`${node.base}/Patient?_total=accurate&_count=0`);
    const answer = await post(patient({ gender: 'nobody', birthDate: '2023-02-30' }));
    expect(answer.status).to.be.oneOf([400, 422]);
    const places = issuesOf(answer).map(({ expression }) => expression?.[0]);
    expect(places).to.include('Patient.gender').and.to.include('Patient.birthDate');
    const after = await fhirRequest(`${node.base}/Patient?_total=accurate&_count=0`);
    expect(after.json['total']).to.equal(before.json['total']);
  });

  it('answers 422 with the place of a reference to what is not held', async () => {
    const missing = 'Patient/0190a3b4-0000-7000-8000-00000000dead';
    const answer = await post(observation({ subject: { reference: missing } }), {}, 'Observation');
    expect(answer.status).to.equal(422);
    expect(issuesOf(answer)).to.have.length(1);
    expect(issuesOf(answer)[0]?.expression).to.deep.equal(['Observation.subject.reference']);
  });

  it('names the first 200 of many references to what is not held', async () => {
    const member = Array.from({ length: 300 }, (_, n) => ({
      entity: { reference: `Patient/g${String(n)}` },
    }));
    const group = { resourceType: 'Group', type: 'person', actual: true, member };
    const answer = await post(group, {}, 'Group');
    expect(answer.status).to.equal(422);
    const issues = issuesOf(answer);
    expect(issues).to.have.length(201);
    expect(issues[199]?.expression).to.deep.equal(['Group.member[199].entity.reference']);
    expect(issues[200]?.severity).to.equal('information');
  });

  it('answers 422 for a reference to what was deleted', async () => {
    const target = await post(patient());
    const reference = referenceIn(target.headers.get('location'));
    expect((await post(observation({ subject: { reference } }), {}, 'Observation')).status).to.equal(201);
    await fhirRequest(`${node.base}/${reference}`, { method: 'DELETE' });
    expect((await post(observation({ subject: { reference } }), {}, 'Observation')).status).to.equal(422);
  });

  it('answers a type that differs from the URL with a 4xx', async () => {
    const answer = await post(observation());
    expect(answer.status).to.be.oneOf([400, 422]);
    expect(issuesOf(answer)[0]?.severity).to.equal('error');
  });
});

describe('conditional create', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const postIfNone = (value: string, criteria = `identifier=urn:test:mrn|${value}`) =>
    fhirRequest(`${node.base}/Patient`, {
      method: 'POST',
      body: identified(value),
      headers: { 'If-None-Exist': criteria },
    });

  it('creates where nothing matches and then answers 200 with what it made', async () => {
    const first = await postIfNone('m1');
    const second = await postIfNone('m1');
    expect([first.status, second.status]).to.deep.equal([201, 200]);
    expect(second.headers.get('location')).to.equal(first.headers.get('location'));
    expect(second.text).to.equal(first.text);
  });

  it('answers 412 where more than one matches', async () => {
    for (const _ of [1, 2])
      await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: identified('m2') });
    const answer = await postIfNone('m2');
    expect(answer.status).to.equal(412);
    expect(issuesOf(answer)[0]?.code).to.equal('multiple-matches');
  });

  it('answers 400 for criteria that can not be used', async () => {
    for (const criteria of ['nonsense=1', '_count=3', '']) {
      const answer = await postIfNone('m3', criteria);
      expect(answer.status, criteria).to.equal(400);
    }
  });

  it('makes exactly one resource of 1,000 parallel requests and answers all alike', async function () {
    this.timeout(60_000);
    const answers = await Promise.all(Array.from({ length: 1000 }, () => postIfNone('m4')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).to.have.length(1);
    expect(statuses.filter((status) => status === 200)).to.have.length(999);
    expect(new Set(answers.map(({ headers }) => headers.get('location'))).size).to.equal(1);
    const found = await fhirRequest(`${node.base}/Patient?identifier=m4&_total=accurate`);
    expect(found.json['total']).to.equal(1);
  });
});
