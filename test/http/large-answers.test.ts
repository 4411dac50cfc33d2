import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, type Json } from '../support/fhir-request.js';
import { batchOf, identified, patient, postEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

/** 40 patients of half a million characters each, so that four pages are more than an answer may hold. */
const many = 40;
const long = 'x'.repeat(500_000);

describe('a Bundle that asks for more than an answer can hold', function () {
  this.timeout(60_000);
  let node: TestNode;
  before(async () => {
    node = await startNode();
    const entries = Array.from({ length: many }, (_, n) =>
      postEntry({ ...identified(`l${String(n)}`), name: [{ text: long }] }),
    );
    expect((await send(transactionOf(...entries))).status).to.equal(200);
  });
  after(() => node.close());
  const send = (bundle: Json, headers: Record<string, string> = {}) =>
    fhirRequest(node.base, { method: 'POST', body: bundle, headers });
  const total = async (query: string): Promise<unknown> =>
    (await fhirRequest(`${node.base}/${query}&_summary=count`)).json['total'];
  const gets = (n: number, url: string): Json[] =>
    Array.from({ length: n }, () => ({ request: { method: 'GET', url } }));
  const statusesOf = (answer: { json: Json }) =>
    entriesOf(answer).map(({ response }) => response?.status.slice(0, 3));

  for (const [kind, bundleOf] of Object.entries({ transaction: transactionOf, batch: batchOf })) {
    it(`is answered as far as there is room: the other entries of a ${kind} say too-costly`, async () => {
      const value = `made-by-${kind}`;
      const answer = await send(
        bundleOf(...gets(300, `Patient?_count=${String(many)}`), postEntry(identified(value))),
      );
      expect(answer.status).to.equal(200);
      expect(answer.text.length).to.be.lessThan(70_000_000);
      const statuses = statusesOf(answer);
      expect(statuses.slice(0, 3)).to.deep.equal(['200', '200', '200']);
      expect(new Set(statuses.slice(3, 300))).to.deep.equal(new Set(['413']));
      const outcome = entriesOf(answer)[299]?.response?.outcome ?? {};
      expect(issuesOf({ json: outcome })[0]?.code).to.equal('too-costly');
      expect(statuses[300]).to.equal('201');
      expect(await total(`Patient?identifier=${value}`)).to.equal(1);
    });
  }

  it('is refused before anything is stored where a transaction reads too often', async () => {
    const answer = await send(
      transactionOf(postEntry(identified('too-many-reads')), ...gets(1001, 'Patient/never-held')),
    );
    expect(answer.status).to.equal(413);
    expect(issuesOf(answer)[0]?.code).to.equal('too-costly');
    expect(await total('Patient?identifier=too-many-reads')).to.equal(0);
  });

  it('shows written resources as far as there is room and says of the others that they are left out', async () => {
    const criteria = ['', '&gender=female', '&birthdate=1980-02-29', '&active:missing=true'];
    const entries = criteria.flatMap((more) =>
      Array.from({ length: many }, (_, n) =>
        postEntry(patient(), { ifNoneExist: `identifier=urn:test:mrn|l${String(n)}${more}` }),
      ),
    );
    const answer = await send(transactionOf(...entries), { Prefer: 'return=representation' });
    expect(answer.status).to.equal(200);
    expect(answer.text.length).to.be.lessThan(70_000_000);
    expect(entriesOf(answer)).to.have.length(4 * many);
    const [first, last] = [entriesOf(answer)[0], entriesOf(answer).at(-1)];
    expect(first?.resource?.['resourceType']).to.equal('Patient');
    expect(last).not.to.have.property('resource');
    expect(issuesOf({ json: last?.response?.outcome ?? {} })[0]).to.include({
      severity: 'information',
      code: 'too-costly',
    });
  });

  it('is refused where it has too many entries', async () => {
    const answer = await send(batchOf(...gets(50_001, 'Patient/x')));
    expect(answer.status).to.equal(413);
    expect(issuesOf(answer)[0]?.code).to.equal('too-costly');
  });
});
