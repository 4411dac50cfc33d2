import { expect } from 'chai';

import { fhirRequest, issuesOf, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { personsAt, sendPatient, settled } from '../support/mpi-requests.js';
import { patient, residentSystem, type PatientSketch } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

const red = 'urn:test:red';
const blue = 'urn:test:blue';
const personSystem = 'https://regional-hie.org/id/person';

/** A Patient with a record number of its hospital. */
function numbered(sketch: PatientSketch, system: string, value: string): Json {
  const made = patient(sketch);
  return { ...made, identifier: [...((made['identifier'] ?? []) as Json[]), { system, value }] };
}

const pix = (node: TestNode, source: string, targets: readonly string[] = []): Promise<FhirAnswer> => {
  const query = new URLSearchParams({ sourceIdentifier: source });
  for (const target of targets) query.append('targetSystem', target);
  return fhirRequest(`${node.base}/Patient/$ihe-pix?${query.toString()}`);
};

const parametersOf = ({ json }: FhirAnswer, name: string): Json[] =>
  ((json['parameter'] ?? []) as Json[]).filter((parameter) => parameter['name'] === name);
const identifiersOf = (answer: FhirAnswer): string[] =>
  parametersOf(answer, 'targetIdentifier').map(({ valueIdentifier }) => {
    const { system, value } = valueIdentifier as { system: string; value: string };
    return `${system}|${value}`;
  });
const patientsOf = (answer: FhirAnswer): string[] =>
  parametersOf(answer, 'targetId').map(({ valueReference }) =>
    ((valueReference as Json)['reference'] as string).slice('Patient/'.length),
  );
const refusalOf = (answer: FhirAnswer): unknown[] => {
  const [issue] = issuesOf(answer);
  return [answer.status, issue?.code, issue?.diagnostics];
};

describe('Patient/$ihe-pix', () => {
  let node: TestNode;
  let inRed: string;
  let inBlue: string;
  let person: string;
  beforeEach(async () => {
    node = await startNode({ mpi: 'self' });
    inRed = await sendPatient(node, numbered(li, red, 'R1'));
    inBlue = await sendPatient(node, numbered({ ...li, residentId: undefined }, blue, 'B1'));
    await sendPatient(node, numbered(zhao, blue, 'B2'));
    const persons = await personsAt(node);
    person = persons.find(({ patients }) => patients.includes(inRed))?.id ?? '';
  });
  afterEach(() => node.close());

  it('answers the identifiers and Patients of one person, without the one that was asked with', async () => {
    const answer = await pix(node, `${red}|R1`);
    expect(answer.status).to.equal(200);
    expect(answer.json['resourceType']).to.equal('Parameters');
    expect(identifiersOf(answer)).to.have.members([
      `${personSystem}|${person}`,
      `${residentSystem}|${li.residentId}`,
      `${blue}|B1`,
    ]);
    expect(patientsOf(answer)).to.have.members([inRed, inBlue]);
    expect(answer.headers.get('x-person-index')).to.equal(null);
  });

  it('answers the systems that are asked for only', async () => {
    const one = await pix(node, `${red}|R1`, [blue]);
    expect([identifiersOf(one), patientsOf(one)]).to.deep.equal([[`${blue}|B1`], [inBlue]]);
    const regional = await pix(node, `${red}|R1`, [personSystem]);
    expect([identifiersOf(regional), patientsOf(regional)]).to.deep.equal([
      [`${personSystem}|${person}`],
      [],
    ]);
    const ids = await pix(node, `${red}|R1`, [node.base]);
    expect(identifiersOf(ids)).to.deep.equal([]);
    expect(patientsOf(ids)).to.have.members([inRed, inBlue]);
    expect(identifiersOf(await pix(node, `${red}|R1`, [blue, personSystem]))).to.have.length(2);
  });

  it('takes the resident id however it is written, the regional id and the id of a Patient here', async () => {
    const { residentId } = li;
    for (const source of [
      `${residentSystem}|${residentId}`,
      `${residentSystem}|${residentId.slice(0, 6)} ${residentId.slice(6, 14)} ${residentId.slice(14).toLowerCase()}`,
      `${residentSystem}|${residentId.slice(0, 6)}${residentId.slice(8, 17)}`,
      `${personSystem}|${person}`,
      `${node.base}|Patient/${inBlue}`,
    ]) {
      expect(identifiersOf(await pix(node, source, [red]))).to.deep.equal([`${red}|R1`]);
    }
  });

  it('answers 404 for an identifier that nobody has in a system that is known', async () => {
    const refused = [404, 'not-found', 'sourceIdentifier Patient Identifier not found'];
    for (const source of [
      `${red}|R9`,
      `${personSystem}|no-such-person`,
      `${residentSystem}|110101199003078558`,
      `${node.base}|Patient/no-such-patient`,
      `${node.base}|Observation/o1`,
    ]) {
      expect(refusalOf(await pix(node, source))).to.deep.equal(refused);
    }
  });

  it('answers 400 for a source system and 403 for a target system of which it holds nothing', async () => {
    expect(refusalOf(await pix(node, 'urn:test:green|G1'))).to.deep.equal([
      400,
      'code-invalid',
      'sourceIdentifier Assigning Authority not found',
    ]);
    expect(refusalOf(await pix(node, `${red}|R1`, [blue, 'urn:test:green']))).to.deep.equal([
      403,
      'code-invalid',
      'targetSystem not found',
    ]);
  });

  it('answers 400 for a query that it can’t read', async () => {
    for (const query of [
      '',
      'sourceIdentifier=R1',
      'sourceIdentifier=|R1',
      `sourceIdentifier=${red}|`,
      `sourceIdentifier=${red}|R1|x`,
      `sourceIdentifier=${red}|R1&sourceIdentifier=${blue}|B1`,
      `sourceIdentifier=${red}|R1&targetSystem=`,
      `sourceIdentifier=${red}|R1&target=${blue}`,
    ]) {
      expect((await fhirRequest(`${node.base}/Patient/$ihe-pix?${query}`)).status, query).to.equal(400);
    }
    const post = await fhirRequest(`${node.base}/Patient/$ihe-pix`, { method: 'POST', body: {} });
    expect([post.status, post.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
  });

  it('refuses an identifier that is on records of several persons', async () => {
    await sendPatient(node, numbered(zhao, red, 'R1'));
    await settled(node);
    const [status, code] = refusalOf(await pix(node, `${red}|R1`));
    expect([status, code]).to.deep.equal([409, 'multiple-matches']);
  });

  it('follows a regional id that was merged away to the one that goes on', async () => {
    const other = (await personsAt(node)).find(({ id }) => id !== person);
    await fhirRequest(`${node.base}/Patient/${inRed}`, {
      method: 'PUT',
      body: {
        ...numbered(li, red, 'R1'),
        id: inRed,
        link: [{ other: { reference: `Patient/${other?.patients[0] ?? ''}` }, type: 'replaces' }],
      },
    });
    const [merged, ...more] = await personsAt(node);
    expect(more).to.deep.equal([]);
    const gone = [person, other?.id].find((id) => id !== merged?.id) ?? '';
    const answer = await pix(node, `${personSystem}|${gone}`, [personSystem, red]);
    expect(identifiersOf(answer)).to.have.members([`${personSystem}|${merged?.id ?? ''}`, `${red}|R1`]);
  });

  it('does not find a Patient that was deleted', async () => {
    await fhirRequest(`${node.base}/Patient/${inBlue}`, { method: 'DELETE' });
    await settled(node);
    expect(identifiersOf(await pix(node, `${red}|R1`))).not.to.include(`${blue}|B1`);
    expect((await pix(node, `${blue}|B1`)).status).to.equal(404);
    expect((await pix(node, `${node.base}|Patient/${inBlue}`)).status).to.equal(404);
  });

  it('answers for a Patient with nothing to match on by itself', async () => {
    const alone = await sendPatient(node, numbered({ name: '不详' }, red, 'R7'));
    await settled(node);
    const answer = await pix(node, `${red}|R7`);
    expect([identifiersOf(answer), patientsOf(answer)]).to.deep.equal([[], [alone]]);
    expect(answer.headers.get('x-person-index')).to.equal(null);
  });
});

describe('Patient/$ihe-pix below the identity domain', () => {
  const client = makeClient({ id: 'his-1', source: 'hospital-1', scopes: ['system/*.cruds'] });
  let node: TestNode;
  afterEach(() => node.close());

  it('answers from its own candidates, and says that it is provisional', async () => {
    node = await startNode({ mpi: 'elsewhere' });
    await sendPatient(node, numbered(li, red, 'R1'));
    await sendPatient(node, numbered(li, blue, 'B1'));
    await settled(node);
    const answer = await pix(node, `${red}|R1`, [blue]);
    expect(identifiersOf(answer)).to.deep.equal([`${blue}|B1`]);
    expect(answer.headers.get('x-person-index')).to.equal('provisional');
    expect(parametersOf(answer, 'provisional')).to.deep.equal([{ name: 'provisional', valueBoolean: true }]);
  });

  it('needs the scope to search Patients', async () => {
    node = await startNode({ mpi: 'self', clients: [client.registration] });
    const ask = async (scope: string): Promise<number> => {
      const headers = { Authorization: `Bearer ${await signIn(node.origin, client, scope)}` };
      return (await fhirRequest(`${node.base}/Patient/$ihe-pix?sourceIdentifier=${red}|R1`, { headers }))
        .status;
    };
    expect(await ask('system/Patient.s')).to.equal(400);
    expect(await ask('system/Patient.r')).to.equal(403);
  });
});
