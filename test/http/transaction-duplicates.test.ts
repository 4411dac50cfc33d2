import { randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, referenceIn, type Json } from '../support/fhir-request.js';
import { identified, observation, patient, postEntry, putEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('conditions of a transaction', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());
  const send = (bundle: Json) => fhirRequest(node.base, { method: 'POST', body: bundle });
  const total = async (value: string): Promise<unknown> =>
    (await fhirRequest(`${node.base}/Patient?identifier=${value}&_summary=count`)).json['total'];
  const locationOf = (answer: { json: Json }, index: number) =>
    referenceIn(entriesOf(answer)[index]?.response?.location);

  describe('on what the same transaction deletes', () => {
    for (const [how, url] of [
      ['by id', undefined],
      ['by criteria', 'Patient?identifier=urn:test:mrn|'],
    ] as const) {
      it(`finds nothing, as deletes come first (${how})`, async () => {
        const value = `c1-${how.replace(' ', '-')}`;
        const held = locationOf(await send(transactionOf(postEntry(identified(value)))), 0);
        const fullUrl = `urn:uuid:${randomUUID()}`;
        const answer = await send(
          transactionOf(
            { request: { method: 'DELETE', url: url === undefined ? held : `${url}${value}` } },
            postEntry(identified(value), { ifNoneExist: `identifier=${value}` }, fullUrl),
            postEntry(observation({ subject: { reference: fullUrl } })),
          ),
        );
        expect(answer.status, answer.text).to.equal(200);
        expect(entriesOf(answer).map(({ response }) => response?.status)).to.deep.equal([
          '204 No Content',
          '201 Created',
          '201 Created',
        ]);
        const stored = await fhirRequest(`${node.base}/${locationOf(answer, 2)}`);
        expect(stored.json['subject']).to.deep.equal({ reference: locationOf(answer, 1) });
        expect((await fhirRequest(`${node.base}/${held}`)).status).to.equal(410);
        expect((await fhirRequest(`${node.base}/${locationOf(answer, 1)}`)).status).to.equal(200);
      });
    }
  });

  it('are the same however they are written', async () => {
    for (const other of [
      'identifier=urn:test:mrn%7Cc2&gender=female',
      '?gender=female&identifier=urn:test:mrn|c2',
      'gender=female&_format=json&identifier=urn%3Atest%3Amrn|c2',
      'identifier=urn:test:mrn|c2&gender=female&gender=female',
    ]) {
      const answer = await send(
        transactionOf(
          postEntry(patient(), { ifNoneExist: 'identifier=urn:test:mrn|c2&gender=female' }),
          postEntry(patient(), { ifNoneExist: other }),
        ),
      );
      expect(answer.status, other).to.equal(400);
      expect(issuesOf(answer)[0]).to.deep.include({ code: 'duplicate', expression: ['Bundle.entry[1]'] });
    }
  });

  describe('that another entry satisfies', () => {
    const conditional = (value: string, criteria = `identifier=${value}`) =>
      postEntry(identified(value), { ifNoneExist: criteria });
    const cases: Record<string, (value: string) => Json[]> = {
      'a plain create': (value) => [postEntry(identified(value)), conditional(value)],
      'an update as create': (value) => [
        conditional(value),
        putEntry({ ...identified(value), id: randomUUID() }),
      ],
      'a create under other criteria': (value) => [
        conditional(value),
        conditional(value, `identifier=urn:test:mrn|${value}`),
      ],
      'a create under criteria that no hash tells': (value) => [
        postEntry({ ...identified(value), address: [{ city: `City-${value}` }] }),
        conditional(value, `address-city=city-${value}`),
      ],
      'a conditional update beside a create': (value) => [
        postEntry(identified(value)),
        { resource: identified(value), request: { method: 'PUT', url: `Patient?identifier=${value}` } },
      ],
    };
    for (const [what, entriesFor] of Object.entries(cases)) {
      it(`are refused with 412: ${what}`, async () => {
        const value = `c3-${what.replaceAll(' ', '-')}`;
        const answer = await send(transactionOf(...entriesFor(value)));
        expect(answer.status, answer.text).to.equal(412);
        expect(issuesOf(answer)[0]?.code).to.equal('multiple-matches');
        expect(issuesOf(answer)[0]?.expression?.[0]).to.match(/^Bundle\.entry\[[01]\]$/);
        expect(await total(value)).to.equal(0);
      });
    }

    it('hold beside entries of other identifiers, and for what the same transaction updates', async () => {
      const id = randomUUID();
      await send(transactionOf(putEntry({ ...identified('c4'), id })));
      const answer = await send(
        transactionOf(
          postEntry(identified('c5')),
          conditional('c6'),
          conditional('c4'),
          putEntry({ ...identified('c4'), id, active: true }),
        ),
      );
      expect(entriesOf(answer).map(({ response }) => response?.status)).to.deep.equal([
        '201 Created',
        '201 Created',
        '200 OK',
        '200 OK',
      ]);
      expect(await total('c4')).to.equal(1);
    });
  });

  describe('in references', () => {
    const linked = (n: number): Json[] => {
      const values = Array.from({ length: n }, () => randomUUID());
      return [
        ...values.map((value) => postEntry(identified(value))),
        ...values.map((value) =>
          postEntry(observation({ subject: { reference: `Patient?identifier=urn:test:mrn|${value}` } })),
        ),
      ];
    };

    it('find thousands of resources of the same transaction', async function () {
      this.timeout(20_000);
      const answer = await send(transactionOf(...linked(1500)));
      expect(answer.status, answer.text.slice(0, 300)).to.equal(200);
      const stored = await fhirRequest(`${node.base}/${locationOf(answer, 1500 + 700)}`);
      expect(stored.json['subject']).to.deep.equal({ reference: locationOf(answer, 700) });
    });

    it('are refused with 413 where they are too many', async function () {
      this.timeout(20_000);
      const answer = await send(transactionOf(...linked(2001)));
      expect(answer.status).to.equal(413);
      expect(issuesOf(answer)[0]?.code).to.equal('too-costly');
    });

    it('count an unchanged resource once, and pass over what moves away', async () => {
      const ids = [randomUUID(), randomUUID(), randomUUID()];
      const [kept, moved] = ids;
      const held = ids.map((id) => ({ ...identified('c7'), id }));
      await send(transactionOf(...held.map((resource) => putEntry(resource))));
      const reference = 'Patient?identifier=urn:test:mrn|c7';
      const refer = postEntry(observation({ subject: { reference } }));
      const answer = await send(
        transactionOf(
          refer,
          putEntry({ ...identified('c7'), id: kept }),
          putEntry({ ...identified('c8'), id: moved }),
          { request: { method: 'DELETE', url: `Patient/${String(ids[2])}` } },
        ),
      );
      expect(answer.status, answer.text).to.equal(200);
      const stored = await fhirRequest(`${node.base}/${locationOf(answer, 0)}`);
      expect(stored.json['subject']).to.deep.equal({ reference: `Patient/${String(kept)}` });
    });
  });
});
