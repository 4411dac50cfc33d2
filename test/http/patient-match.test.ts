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
import { patient, residentId } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

const gradeUrl = 'http://hl7.org/fhir/StructureDefinition/match-grade';
const personUrl = 'https://regional-hie.org/fhir/StructureDefinition/match-person';

interface Search {
  readonly mode: string;
  readonly score: number;
  readonly extension: readonly Json[];
}

const searchOf = (entry: object): Search => (entry as { search: Search }).search;
const extensionOf = (entry: object, url: string): Json | undefined =>
  searchOf(entry).extension.find((extension) => extension['url'] === url);
const idsOf = (answer: FhirAnswer): unknown[] => entriesOf(answer).map(({ resource }) => resource?.['id']);

const match = ({ base }: TestNode, parameter: readonly object[]): Promise<FhirAnswer> =>
  fhirRequest(`${base}/Patient/$match`, { method: 'POST', body: { resourceType: 'Parameters', parameter } });
const asked = (sketch: Parameters<typeof patient>[0]): object => ({
  name: 'resource',
  resource: patient(sketch),
});
const withoutId = { ...li, residentId: undefined };

describe('Patient/$match', () => {
  let node: TestNode;
  let mine: string[];
  let others: string;
  beforeEach(async () => {
    node = await startNode({ mpi: 'self' });
    mine = [
      await sendPatient(node, patient(li)),
      await sendPatient(node, patient({ ...li, phone: '10099998888' })),
    ];
    others = await sendPatient(node, patient(zhao));
    await settled(node);
  });
  afterEach(() => node.close());

  it('answers who is meant, the likeliest first, each graded and scored beside the text as it is stored', async () => {
    const answer = await match(node, [asked(li)]);
    expect(answer.status).to.equal(200);
    expect(answer.json).to.include({ resourceType: 'Bundle', type: 'searchset', total: 2 });
    expect(idsOf(answer)).to.deep.equal(mine);
    expect(linkOf(answer, 'self')).to.equal(`${node.base}/Patient/$match`);
    const [first, second] = entriesOf(answer);
    expect(first?.fullUrl).to.equal(`${node.base}/Patient/${mine[0] ?? ''}`);
    const stored = await fhirRequest(first?.fullUrl ?? '');
    expect(answer.text).to.contain(`"resource":${stored.text},`);
    for (const entry of [first ?? {}, second ?? {}]) {
      expect(searchOf(entry).mode).to.equal('match');
      expect(searchOf(entry).score).to.be.within(0.99, 1);
      expect(extensionOf(entry, gradeUrl)?.['valueCode']).to.equal('certain');
    }
    expect(searchOf(first ?? {}).score).to.be.at.least(searchOf(second ?? {}).score);
  });

  it('names the Person of each record beside its grade', async () => {
    const persons = await personsAt(node);
    const person = persons.find(({ patients }) => patients.includes(mine[0] ?? ''));
    for (const entry of entriesOf(await match(node, [asked(li)]))) {
      expect(extensionOf(entry, personUrl)?.['valueReference']).to.deep.equal({
        reference: `Person/${person?.id ?? ''}`,
      });
    }
  });

  it('takes the Patient alone, without Parameters', async () => {
    const answer = await fhirRequest(`${node.base}/Patient/$match`, { method: 'POST', body: patient(zhao) });
    expect(idsOf(answer)).to.deep.equal([others]);
  });

  it('answers no more than count', async () => {
    const answer = await match(node, [asked(li), { name: 'count', valueInteger: 1 }]);
    expect(idsOf(answer)).to.deep.equal([mine[0]]);
  });

  it('answers an empty Bundle where nobody is like it', async () => {
    const answer = await match(node, [
      asked({ name: '欧阳震华', birthDate: '1931-07-04', gender: 'male', phone: '10055554444' }),
    ]);
    expect(answer.json).to.include({ type: 'searchset', total: 0 });
    expect(answer.json).not.to.have.property('entry');
  });

  it('keeps to certain matches of one person where it is asked to', async () => {
    const certain = { name: 'onlyCertainMatches', valueBoolean: true };
    expect(idsOf(await match(node, [asked(li), certain]))).to.deep.equal(mine);
    const namesake = { ...li, residentId: residentId('420602', li.birthDate, '984'), phone: '10033332222' };
    await sendPatient(node, patient({ ...namesake, address: undefined, division: undefined }));
    await settled(node);
    const { name, birthDate, gender } = li;
    expect(idsOf(await match(node, [asked({ name, birthDate, gender })]))).to.have.length(3);
    expect(idsOf(await match(node, [asked({ name, birthDate, gender }), certain]))).to.deep.equal([]);
  });

  it('stores nothing of what was asked', async () => {
    const before = await node.store.status();
    await match(node, [asked({ ...li, phone: '10011112222' })]);
    expect((await node.store.status()).lastSequence).to.equal(before.lastSequence);
  });

  it('is no write: a question that is refused counts as none', async () => {
    await match(node, []);
    expect(await node.store.counts({ series: 'refused' })).to.deep.equal([]);
  });

  it('answers 422 where the Patient says nothing to match on', async () => {
    const answer = await match(node, [asked({ name: '不详', birthDate: '1900-01-01' })]);
    expect(answer.status).to.equal(422);
    expect(issuesOf(answer)[0]).to.include({ code: 'business-rule' });
  });

  it('answers 400 and where for input that it can’t read', async () => {
    const cases: readonly (readonly [parameters: readonly object[], expression: string])[] = [
      [[], 'Parameters.parameter'],
      [
        [{ name: 'resource', resource: { resourceType: 'Basic', code: { text: 'x' } } }],
        'Parameters.parameter[0].resource',
      ],
      [[asked(li), asked(li)], 'Parameters.parameter[1]'],
      [[asked(li), { name: 'count', valueInteger: 0 }], 'Parameters.parameter[1].valueInteger'],
      [[asked(li), { name: 'count', valueString: '5' }], 'Parameters.parameter[1].valueInteger'],
      [
        [asked(li), { name: 'onlyCertainMatches', valueString: 'true' }],
        'Parameters.parameter[1].valueBoolean',
      ],
      [[asked(li), { name: 'threshold', valueDecimal: 0.5 }], 'Parameters.parameter[1].name'],
    ];
    for (const [parameters, expression] of cases) {
      const answer = await match(node, parameters);
      expect([answer.status, issuesOf(answer)[0]?.expression?.[0]]).to.deep.equal([400, expression]);
    }
  });

  it('tells the place of each fault of the Patient', async () => {
    const resource = { ...patient(li), gender: 'mujer', birthDate: '12.3.1985' };
    const answer = await match(node, [{ name: 'resource', resource }]);
    expect(answer.status).to.equal(400);
    expect(issuesOf(answer).map(({ expression }) => expression?.[0])).to.have.members([
      'Parameters.parameter[0].resource.birthDate',
      'Parameters.parameter[0].resource.gender',
    ]);
  });

  it('answers 400 to another resource, 413 to a body that describes no person, 405 to GET', async () => {
    const url = `${node.base}/Patient/$match`;
    const other = await fhirRequest(url, {
      method: 'POST',
      body: { resourceType: 'Basic', code: { text: 'x' } },
    });
    expect([other.status, issuesOf(other)[0]?.expression]).to.deep.equal([400, ['Parameters.resourceType']]);
    const large = await fhirRequest(url, { method: 'POST', body: `{"a":"${'x'.repeat(1_100_000)}"}` });
    expect(large.status).to.equal(413);
    const get = await fhirRequest(url);
    expect([get.status, get.headers.get('allow')]).to.deep.equal([405, 'POST']);
  });
});

describe('Patient/$match with sign-in', () => {
  const client = makeClient({ id: 'his-1', source: 'hospital-1', scopes: ['system/*.cruds'] });
  let node: TestNode;
  before(async () => (node = await startNode({ mpi: 'self', clients: [client.registration] })));
  after(() => node.close());

  it('needs the scope to search Patients', async () => {
    const ask = async (scope: string): Promise<number> => {
      const token = await signIn(node.origin, client, scope);
      const answer = await fhirRequest(`${node.base}/Patient/$match`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
        body: patient(li),
      });
      return answer.status;
    };
    expect(await ask('system/Patient.s')).to.equal(200);
    expect(await ask('system/Patient.cru')).to.equal(403);
    expect(await ask('system/Observation.s')).to.equal(403);
  });
});

describe('Patient/$match below the identity domain', () => {
  let node: TestNode;
  before(async () => (node = await startNode({ mpi: 'elsewhere' })));
  after(() => node.close());

  it('answers from its own candidates, and says that it is provisional', async () => {
    const first = await sendPatient(node, patient(li));
    const second = await sendPatient(node, patient(withoutId));
    await settled(node);
    const answer = await match(node, [asked(li), { name: 'onlyCertainMatches', valueBoolean: true }]);
    expect(idsOf(answer)).to.have.members([first, second]);
    expect(answer.headers.get('x-person-index')).to.equal('provisional');
    const { tag } = answer.json['meta'] as { tag: Json[] };
    expect(tag[0]?.['code']).to.equal('provisional');
  });

  it('does not say so where nobody is likely to be meant', async () => {
    const known = await match(node, [asked(zhao)]);
    expect([known.status, known.headers.get('x-person-index')]).to.deep.equal([200, null]);
  });
});
