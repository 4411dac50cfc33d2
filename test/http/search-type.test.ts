import { expect } from 'chai';

import { entriesOf, fhirRequest, issuesOf, linkOf, type FhirAnswer } from '../support/fhir-request.js';
import { identified, observation, patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const idsOf = (answer: FhirAnswer): string[] =>
  entriesOf(answer).map(({ resource }) => String(resource?.['id']));

describe('search-type', () => {
  let node: TestNode;
  const made: string[] = [];
  before(async () => {
    node = await startNode();
    for (let n = 0; n < 45; n++) {
      const answer = await fhirRequest(`${node.base}/Patient`, {
        method: 'POST',
        body: identified(`s${String(n)}`),
      });
      made.push(String(answer.json['id']));
    }
    await fhirRequest(`${node.base}/Observation`, {
      method: 'POST',
      body: observation({ effectiveDateTime: '2026-03-01T10:00:00+08:00' }),
    });
  });
  after(() => node.close());

  it('answers a searchset with full URLs, search mode and the self link', async () => {
    const answer = await fhirRequest(`${node.base}/Patient?identifier=urn:test:mrn|s3`);
    expect(answer.status).to.equal(200);
    expect([answer.json['resourceType'], answer.json['type']]).to.deep.equal(['Bundle', 'searchset']);
    expect(answer.json).not.to.have.property('total');
    const [entry, ...rest] = entriesOf(answer);
    expect(rest).to.deep.equal([]);
    expect(entry?.fullUrl).to.equal(`${node.base}/Patient/${made[3] ?? ''}`);
    expect(entry?.search).to.deep.equal({ mode: 'match' });
    expect(linkOf(answer, 'self')).to.contain(`${node.base}/Patient?identifier=urn:test:mrn`);
  });

  it('finds a reference to this server by its absolute URL like a relative one', async () => {
    const subject = { reference: `http://county-a.test/fhir/Patient/${made[7] ?? ''}` };
    const { json } = await fhirRequest(`${node.base}/Observation`, {
      method: 'POST',
      body: observation({ subject }),
    });
    const found = await fhirRequest(`${node.base}/Observation?subject=Patient/${made[7] ?? ''}`);
    expect(idsOf(found)).to.deep.equal([json['id']]);
    expect(entriesOf(found)[0]?.resource?.['subject']).to.deep.equal(subject);
  });

  it('pages by next links through every match once, in the order of arrival', async () => {
    const seen: string[] = [];
    let url: string | undefined = `${node.base}/Patient?_count=10`;
    let pages = 0;
    while (url !== undefined) {
      const page: FhirAnswer = await fhirRequest(url);
      seen.push(...idsOf(page));
      url = linkOf(page, 'next');
      pages += 1;
    }
    expect(seen).to.deep.equal(made);
    expect(pages).to.equal(5);
  });

  it('answers the total only when it is asked for', async () => {
    const answer = await fhirRequest(`${node.base}/Patient?_total=accurate&_count=2`);
    expect(answer.json['total']).to.equal(45);
    expect(entriesOf(answer)).to.have.length(2);
    const none = await fhirRequest(`${node.base}/Patient?_count=0`);
    expect([none.json['total'], entriesOf(none).length]).to.deep.equal([45, 0]);
    expect(linkOf(none, 'next')).to.equal(undefined);
  });

  it('takes the same by POST of a form', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/_search`, {
      method: 'POST',
      body: 'identifier=s5&_total=accurate',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.status).to.equal(200);
    expect(idsOf(answer)).to.deep.equal([made[5]]);
    expect(linkOf(answer, 'self')).to.contain('/Patient?identifier=s5');
  });

  it('takes _format and _pretty in the form too', async () => {
    const search = (body: string) =>
      fhirRequest(`${node.base}/Patient/_search`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      });
    const pretty = await search('identifier=s5&_pretty=true&_format=application/json');
    expect(pretty.text).to.contain('\n  "resourceType": "Bundle",\n');
    expect(pretty.headers.get('content-type')).to.equal('application/json; charset=utf-8');
    expect((await search('identifier=s5&_format=xml')).status).to.equal(406);
  });

  it('answers 400 to an unknown parameter, names it, and leaves it out when the client is lenient', async () => {
    const strict = await fhirRequest(`${node.base}/Patient?colour=red&identifier=s1`);
    expect(strict.status).to.equal(400);
    expect(issuesOf(strict)[0]?.code).to.equal('not-supported');
    expect(issuesOf(strict)[0]?.diagnostics).to.contain('colour').and.not.to.contain('red');
    const lenient = await fhirRequest(`${node.base}/Patient?colour=red&identifier=s1`, {
      headers: { Prefer: 'handling=lenient' },
    });
    expect(lenient.status).to.equal(200);
    expect(linkOf(lenient, 'self')).not.to.contain('colour');
    const modes = entriesOf(lenient).map(({ search }) => search?.mode);
    expect(modes).to.have.members(['match', 'outcome']);
  });

  for (const query of [
    'birthdate=2023-02-30',
    'birthdate=yesterday',
    '_count=-1',
    '_count=abc',
    '_lastUpdated=now',
    '_sort=nonsense',
    'identifier:exact=1',
    '_cursor=forged',
    'identifier=%',
    'identifier=%00',
    'identifier=%FF',
    '_include=Patient:organization',
    'organization.name=x',
    '_has:Observation:patient:code=1',
    '_elements=id',
    '_summary=true',
  ]) {
    it(`answers 400 to ${query}`, async () => {
      const answer = await fhirRequest(`${node.base}/Patient?${query}`);
      expect(answer.status).to.equal(400);
      expect(issuesOf(answer)[0]?.severity).to.equal('error');
    });
  }

  it('cuts a huge page to the largest and says so in the self link', async () => {
    const answer = await fhirRequest(`${node.base}/Patient?_count=999999999`);
    expect(answer.status).to.equal(200);
    expect(linkOf(answer, 'self')).to.contain('_count=200');
  });

  it('reads the plus sign of +08:00 whether it was escaped or not', async () => {
    for (const offset of ['+08:00', '%2B08:00', '%2b08%3A00']) {
      const answer = await fhirRequest(`${node.base}/Observation?date=ge2026-03-01T10:00:00${offset}`);
      expect(answer.status, offset).to.equal(200);
      expect(entriesOf(answer), offset).to.have.length(1);
    }
  });

  it('shows each unchanged resource exactly once while others are written', async () => {
    const seen: string[] = [];
    let url: string | undefined = `${node.base}/Patient?_count=7&_sort=-_lastUpdated`;
    while (url !== undefined) {
      const page: FhirAnswer = await fhirRequest(url);
      seen.push(...idsOf(page));
      url = linkOf(page, 'next');
      await fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    }
    expect(seen.filter((id) => made.includes(id)).sort()).to.deep.equal([...made].sort());
  });
});
