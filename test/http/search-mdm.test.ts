import { expect } from 'chai';

import {
  entriesOf,
  fhirRequest,
  issuesOf,
  linkOf,
  type FhirAnswer,
  type Json,
} from '../support/fhir-request.js';
import { personsAt, sendPatient, settled } from '../support/mpi-requests.js';
import { patient } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { batchOf, observation } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const idsOf = (answer: FhirAnswer): unknown[] => entriesOf(answer).map(({ resource }) => resource?.['id']);

async function observe(node: TestNode, id: string): Promise<string> {
  const body = observation({ subject: { reference: `Patient/${id}` } });
  const answer = await fhirRequest(`${node.base}/Observation`, { method: 'POST', body });
  return answer.json['id'] as string;
}

describe('the modifier :mdm', () => {
  let node: TestNode;
  let mine: [first: string, second: string];
  let others: string;
  let person: string;
  let observations: string[];
  const search = (query: string): Promise<FhirAnswer> => fhirRequest(`${node.base}/Observation?${query}`);

  before(async () => {
    node = await startNode({ mpi: 'self' });
    mine = [await sendPatient(node, patient(li)), await sendPatient(node, patient(li))];
    others = await sendPatient(node, patient(zhao));
    observations = [await observe(node, mine[0]), await observe(node, others), await observe(node, mine[1])];
    const persons = await personsAt(node);
    person = persons.find(({ patients }) => patients.includes(mine[0]))?.id ?? '';
  });
  after(() => node.close());

  it('answers for all records of the person, whichever of them is named', async () => {
    const all = [observations[0], observations[2]];
    for (const value of [
      `Patient/${mine[0]}`,
      mine[1],
      `${node.base}/Patient/${mine[0]}`,
      `Person/${person}`,
    ]) {
      expect(idsOf(await search(`patient:mdm=${value}`)), value).to.deep.equal(all);
      expect(idsOf(await search(`subject:mdm=${value}`)), value).to.deep.equal(all);
    }
    expect(idsOf(await search(`patient=Patient/${mine[0]}`))).to.deep.equal([observations[0]]);
  });

  it('is one condition among others, and takes several values', async () => {
    expect(idsOf(await search(`patient:mdm=${mine[0]},${others}`))).to.deep.equal(observations);
    expect(idsOf(await search(`patient:mdm=${mine[0]}&patient=${mine[1]}`))).to.deep.equal([observations[2]]);
    expect(idsOf(await search(`patient:mdm=${mine[0]}&patient:mdm=${others}`))).to.deep.equal([]);
    expect(idsOf(await search(`patient:mdm=${mine[0]}&status=amended`))).to.deep.equal([]);
  });

  it('tells in its links what was asked, and pages by them', async () => {
    const first = await search(`patient:mdm=Patient/${mine[0]}&_count=1`);
    expect(linkOf(first, 'self')).to.equal(
      `${node.base}/Observation?patient:mdm=Patient/${mine[0]}&_count=1`,
    );
    const second = await fhirRequest(linkOf(first, 'next') ?? '');
    expect([...idsOf(first), ...idsOf(second)]).to.deep.equal([observations[0], observations[2]]);
    expect(linkOf(second, 'next')).to.equal(undefined);
  });

  it('goes on paging where a record has joined the person in between', async () => {
    const first = await search(`patient:mdm=Patient/${mine[0]}&_count=1`);
    const joined = await sendPatient(node, patient(li));
    const observed = await observe(node, joined);
    await settled(node);
    const second = await fhirRequest(linkOf(first, 'next') ?? '');
    const third = await fhirRequest(linkOf(second, 'next') ?? '');
    const seen = [first, second, third].flatMap(idsOf);
    expect(seen).to.deep.equal([observations[0], observations[2], observed]);
    await fhirRequest(`${node.base}/Observation/${observed}`, { method: 'DELETE' });
    await fhirRequest(`${node.base}/Patient/${joined}`, { method: 'DELETE' });
    await settled(node);
  });

  it('works by POST of a form and in a batch', async () => {
    const posted = await fhirRequest(`${node.base}/Observation/_search`, {
      method: 'POST',
      body: `patient:mdm=${mine[0]}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    });
    expect(idsOf(posted)).to.deep.equal([observations[0], observations[2]]);
    const batch = await fhirRequest(node.base, {
      method: 'POST',
      body: batchOf({ request: { method: 'GET', url: `Observation?patient:mdm=${mine[1]}` } }),
    });
    const [entry] = entriesOf(batch);
    expect(idsOf({ json: entry?.resource } as FhirAnswer)).to.deep.equal([observations[0], observations[2]]);
  });

  it('answers an empty searchset for a Patient or Person that is not known', async () => {
    for (const value of ['Patient/no-such', 'no-such', 'Person/no-such']) {
      const answer = await search(`patient:mdm=${value}&_total=accurate`);
      expect([answer.status, answer.json['total'], idsOf(answer)]).to.deep.equal([200, 0, []]);
      expect(answer.headers.get('x-person-index')).to.equal(null);
    }
  });

  it('is refused where it makes no sense', async () => {
    const cases: readonly (readonly [path: string, code: string])[] = [
      ['Observation?code:mdm=x', 'not-supported'],
      ['Observation?encounter:mdm=x', 'not-supported'],
      ['Observation?patient:mdm=', 'invalid'],
      ['Observation?patient:mdm=Encounter/1', 'invalid'],
      ['Observation?patient:mdm=https://elsewhere.test/fhir/Patient/1', 'invalid'],
    ];
    for (const [path, code] of cases) {
      const answer = await fhirRequest(`${node.base}/${path}`);
      expect([answer.status, issuesOf(answer)[0]?.code], path).to.deep.equal([400, code]);
    }
    const many = Array.from({ length: 51 }, (_, place) => `p${String(place)}`).join(',');
    const answer = await search(`patient:mdm=${many}`);
    expect([answer.status, issuesOf(answer)[0]?.code]).to.deep.equal([400, 'too-costly']);
    const conditional = await fhirRequest(`${node.base}/Observation?patient:mdm=${mine[0]}`, {
      method: 'DELETE',
    });
    expect(conditional.status).to.equal(400);
  });
});

describe('the modifier :mdm below the identity domain', () => {
  let node: TestNode;
  afterEach(() => node.close());

  it('answers from the node’s own candidates, and says that it is provisional', async () => {
    node = await startNode({ mpi: 'elsewhere' });
    const [first, second] = [await sendPatient(node, patient(li)), await sendPatient(node, patient(li))];
    const observed = [await observe(node, first), await observe(node, second)];
    await settled(node);
    const answer = await fhirRequest(`${node.base}/Observation?patient:mdm=${first}`);
    expect(idsOf(answer)).to.deep.equal(observed);
    expect(answer.headers.get('x-person-index')).to.equal('provisional');
    const { tag } = answer.json['meta'] as { tag: Json[] };
    expect(tag[0]?.['code']).to.equal('provisional');
  });

  it('is not offered by a node without a person index', async () => {
    node = await startNode();
    const answer = await fhirRequest(`${node.base}/Observation?patient:mdm=p1`);
    expect([answer.status, issuesOf(answer)[0]?.code]).to.deep.equal([400, 'not-supported']);
  });
});
