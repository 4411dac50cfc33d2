import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, referenceIn, type Json } from '../support/fhir-request.js';
import { identified, observation, patient, postEntry, putEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('transaction', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const send = (bundle: Json, headers: Record<string, string> = {}) =>
    fhirRequest(node.base, { method: 'POST', body: bundle, headers });
  const total = async (query: string): Promise<unknown> =>
    (await fhirRequest(`${node.base}/${query}&_total=accurate&_count=0`)).json['total'];
  const statusesOf = (answer: { json: Json }) => entriesOf(answer).map(({ response }) => response?.status);

  it('stores all entries and rewrites references between them', async () => {
    const mother = `urn:uuid:${randomUUID()}`;
    const answer = await send(
      transactionOf(
        postEntry(observation({ subject: { reference: mother } })),
        postEntry(identified('t1'), {}, mother),
      ),
    );
    expect([answer.status, answer.json['type']]).to.deep.equal([200, 'transaction-response']);
    expect(statusesOf(answer)).to.deep.equal(['201 Created', '201 Created']);
    const [first, second] = entriesOf(answer);
    expect(first).not.to.have.property('resource');
    expect(first?.response?.etag).to.equal('W/"1"');
    const stored = await fhirRequest(`${node.base}/${referenceIn(first?.response?.location)}`);
    expect(stored.json['subject']).to.deep.equal({ reference: referenceIn(second?.response?.location) });
  });

  it('shows the resources where the client prefers representations', async () => {
    const answer = await send(transactionOf(postEntry(patient())), { Prefer: 'return=representation' });
    expect(entriesOf(answer)[0]?.resource?.['resourceType']).to.equal('Patient');
  });

  it('carries out creates, updates, deletes and reads in one', async () => {
    const made = await send(transactionOf(postEntry(identified('t2')), postEntry(identified('t3'))));
    const [a, b] = entriesOf(made).map(({ response }) => referenceIn(response?.location));
    const id = String(a).slice('Patient/'.length);
    const answer = await send(
      transactionOf(
        { request: { method: 'GET', url: `Patient/${id}` } },
        { request: { method: 'DELETE', url: b } },
        putEntry({ ...identified('t2'), id, active: true }),
        { request: { method: 'GET', url: 'Patient?identifier=t3' } },
        { request: { method: 'GET', url: b } },
        { request: { method: 'GET', url: `Patient/${id}/_history` } },
      ),
    );
    expect(answer.status).to.equal(200);
    expect(statusesOf(answer)).to.deep.equal([
      '200 OK',
      '204 No Content',
      '200 OK',
      '200 OK',
      '410 Gone',
      '200 OK',
    ]);
    expect(entriesOf(answer)[0]?.resource?.['active']).to.equal(true);
    expect(entriesOf(answer)[3]?.resource).not.to.have.property('entry');
  });

  it('resolves conditional references to what is held and to what it makes itself', async () => {
    await send(transactionOf(postEntry(identified('t4'))));
    const answer = await send(
      transactionOf(
        postEntry(observation({ subject: { reference: 'Patient?identifier=urn:test:mrn|t4' } })),
        postEntry(observation({ subject: { reference: 'Patient?identifier=urn:test:mrn|t5' } })),
        postEntry(identified('t5')),
      ),
    );
    expect(answer.status).to.equal(200);
    const held = await fhirRequest(`${node.base}/Patient?identifier=t4`);
    const made = referenceIn(entriesOf(answer)[2]?.response?.location);
    const subjects = await Promise.all(
      entriesOf(answer)
        .slice(0, 2)
        .map(
          async ({ response }) =>
            (await fhirRequest(`${node.base}/${referenceIn(response?.location)}`)).json['subject'],
        ),
    );
    expect(subjects).to.deep.equal([
      { reference: `Patient/${String(entriesOf(held)[0]?.resource?.['id'])}` },
      { reference: made },
    ]);
  });

  it('refuses a conditional reference that finds none or several', async () => {
    await send(transactionOf(postEntry(identified('t6')), postEntry(identified('t6'))));
    for (const value of ['nobody', 't6']) {
      const reference = `Patient?identifier=urn:test:mrn|${value}`;
      const answer = await send(transactionOf(postEntry(observation({ subject: { reference } }))));
      expect(answer.status).to.equal(422);
      expect(issuesOf(answer)[0]?.diagnostics).not.to.contain(value);
    }
  });

  it('creates conditionally and points to what was found', async () => {
    const first = await send(transactionOf(postEntry(identified('t7'), { ifNoneExist: 'identifier=t7' })));
    const fullUrl = `urn:uuid:${randomUUID()}`;
    const second = await send(
      transactionOf(
        postEntry(identified('t7'), { ifNoneExist: 'identifier=t7' }, fullUrl),
        postEntry(observation({ subject: { reference: fullUrl } })),
      ),
    );
    expect(statusesOf(second)).to.deep.equal(['200 OK', '201 Created']);
    const reference = referenceIn(entriesOf(first)[0]?.response?.location);
    const stored = await fhirRequest(`${node.base}/${referenceIn(entriesOf(second)[1]?.response?.location)}`);
    expect(stored.json['subject']).to.deep.equal({ reference });
    expect(await total('Patient?identifier=t7')).to.equal(1);
  });

  it('updates and deletes conditionally', async () => {
    const put = (fields: Json) => ({
      resource: { ...identified('t8'), ...fields },
      request: { method: 'PUT', url: 'Patient?identifier=t8' },
    });
    expect(statusesOf(await send(transactionOf(put({}))))).to.deep.equal(['201 Created']);
    expect(statusesOf(await send(transactionOf(put({ active: true }))))).to.deep.equal(['200 OK']);
    const unchanged = await send(transactionOf(put({ active: true })));
    expect(entriesOf(unchanged)[0]?.response?.etag).to.equal('W/"2"');
    const removed = await send(
      transactionOf({ request: { method: 'DELETE', url: 'Patient?identifier=t8' } }),
    );
    expect(statusesOf(removed)).to.deep.equal(['204 No Content']);
    expect(await total('Patient?identifier=t8')).to.equal(0);
  });

  it('holds the id in the body of a conditional update against the match', async () => {
    const put = (id: string) =>
      send(
        transactionOf({
          resource: { ...identified('t12'), id },
          request: { method: 'PUT', url: 'Patient?identifier=t12' },
        }),
      );
    const id = randomUUID();
    const made = await put(id);
    expect(referenceIn(entriesOf(made)[0]?.response?.location)).to.equal(`Patient/${id}`);
    expect((await put(id)).status).to.equal(200);
    expect((await put(randomUUID())).status).to.equal(400);
  });

  it('stores nothing when its last entry is at fault, and says which it was', async () => {
    const entries = Array.from({ length: 20 }, () => postEntry(identified('t9')));
    const bundle = transactionOf(...entries, postEntry(observation({ status: 'no such status' })));
    const answer = await send(bundle);
    expect(answer.status).to.be.oneOf([400, 422]);
    expect(issuesOf(answer)[0]?.expression?.[0]).to.contain('entry[20]').and.to.contain('status');
    expect(await total('Patient?identifier=t9')).to.equal(0);
  });

  it('answers 422 with the place of a dangling reference', async () => {
    const subject = { reference: `Patient/${randomUUID()}` };
    const answer = await send(transactionOf(postEntry(patient()), postEntry(observation({ subject }))));
    expect(answer.status).to.equal(422);
    expect(issuesOf(answer)[0]?.expression).to.deep.equal(['Bundle.entry[1].resource.subject.reference']);
  });

  it('refuses a reference to what it deletes', async () => {
    const made = await send(transactionOf(postEntry(patient())));
    const reference = referenceIn(entriesOf(made)[0]?.response?.location);
    const answer = await send(
      transactionOf(
        { request: { method: 'DELETE', url: reference } },
        postEntry(observation({ subject: { reference } })),
      ),
    );
    expect(answer.status).to.equal(422);
    expect((await fhirRequest(`${node.base}/${reference}`)).status).to.equal(200);
  });

  it('refuses a dangling urn:uuid and takes a cycle of them', async () => {
    const dangling = await send(
      transactionOf(postEntry(observation({ subject: { reference: `urn:uuid:${randomUUID()}` } }))),
    );
    expect(dangling.status).to.be.oneOf([400, 422]);
    const [a, b] = [`urn:uuid:${randomUUID()}`, `urn:uuid:${randomUUID()}`];
    const linked = (other: string) => patient({ link: [{ other: { reference: other }, type: 'seealso' }] });
    const cycle = await send(transactionOf(postEntry(linked(b), {}, a), postEntry(linked(a), {}, b)));
    expect(statusesOf(cycle)).to.deep.equal(['201 Created', '201 Created']);
  });

  it('refuses two entries that write the same resource or create under the same criteria', async () => {
    const id = randomUUID();
    const twice = await send(
      transactionOf(putEntry(patient({ id })), putEntry(patient({ id, active: true }))),
    );
    expect(twice.status).to.equal(400);
    const criteria = { ifNoneExist: 'identifier=t10' };
    const doubled = await send(
      transactionOf(postEntry(identified('t10'), criteria), postEntry(identified('t10'), criteria)),
    );
    expect(doubled.status).to.equal(400);
    expect(await total('Patient?identifier=t10')).to.equal(0);
  });

  it('answers 412 when ifMatch is stale', async () => {
    const id = randomUUID();
    await send(transactionOf(putEntry(patient({ id }))));
    const answer = await send(transactionOf(putEntry(patient({ id, active: true }), { ifMatch: 'W/"3"' })));
    expect(answer.status).to.equal(412);
    expect(issuesOf(answer)[0]?.expression?.[0]).to.contain('entry[0]');
  });

  it('takes 3,500 entries', async function () {
    this.timeout(30_000);
    const subject = `urn:uuid:${randomUUID()}`;
    const rest = Array.from({ length: 3499 }, () =>
      postEntry(observation({ subject: { reference: subject } })),
    );
    const answer = await send(transactionOf(postEntry(identified('t11'), {}, subject), ...rest));
    expect(answer.status).to.equal(200);
    expect(entriesOf(answer)).to.have.length(3500);
    const patientReference = referenceIn(entriesOf(answer)[0]?.response?.location);
    expect(await total(`Observation?subject=${patientReference}`)).to.equal(3499);
  });

  it('answers parallel transactions that update in opposite orders with 200, 201, 409 or 412 only, each whole or not at all', async function () {
    this.timeout(60_000);
    const ids = Array.from({ length: 4 }, () => randomUUID());
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => {
        const turned = [...ids.slice(n % 4), ...ids.slice(0, n % 4)];
        const order = n % 2 === 0 ? turned : turned.reverse();
        const birthDate = `2001-01-${String((n % 28) + 1).padStart(2, '0')}`;
        return send(transactionOf(...order.map((id) => putEntry(patient({ id, birthDate })))));
      }),
    );
    for (const { status } of answers) expect(status).to.be.oneOf([200, 409, 412]);
    for (const answer of answers.filter(({ status }) => status === 200)) {
      for (const status of statusesOf(answer)) expect(status).to.be.oneOf(['200 OK', '201 Created']);
    }
    const dates = await Promise.all(
      ids.map(async (id) => (await fhirRequest(`${node.base}/Patient/${id}`)).json['birthDate']),
    );
    expect(new Set(dates).size).to.equal(1);
  });

  for (const [what, bundle] of Object.entries<Json>({
    'no Bundle': patient(),
    'a Bundle of another type': { resourceType: 'Bundle', type: 'collection' },
    'an entry without a request': transactionOf({ resource: patient() }),
    'an unknown method': transactionOf(postEntry(patient(), { method: 'BREW' })),
    'a POST to an instance': transactionOf(postEntry(patient(), { url: 'Patient/1' })),
    'an unknown type': transactionOf(postEntry(patient(), { url: 'Nonsense' })),
    'a type that differs from the resource': transactionOf(postEntry(patient(), { url: 'Observation' })),
    'a PATCH': transactionOf(postEntry(patient(), { method: 'PATCH', url: 'Patient/1' })),
    'a PUT without a resource': transactionOf({ request: { method: 'PUT', url: 'Patient/1' } }),
  })) {
    it(`refuses ${what}`, async () => {
      const answer = await send(bundle);
      expect(answer.status).to.be.within(400, 422);
      expect(issuesOf(answer)[0]?.severity).to.equal('error');
    });
  }

  it('takes an empty one', async () => {
    const answer = await send({ resourceType: 'Bundle', type: 'transaction' });
    expect([answer.status, entriesOf(answer).length]).to.deep.equal([200, 0]);
  });
});
