import { expect } from 'chai';

import { fhirRequest, issuesOf, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { idOf, personsAt, settled } from '../support/mpi-requests.js';
import { patient, type PatientSketch } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { postEntry, transactionOf } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const system = 'urn:test:red';

/** IHE ITI-104 (https://profiles.ihe.net/ITI/PIXm/ITI-104.html): a source tells of its Patients by their numbers. */
describe('identity feed', () => {
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  const url = (value: string): string => `${node.base}/Patient?identifier=${system}|${value}`;
  const feed = (value: string, sketch: PatientSketch, fields: Json = {}): Promise<FhirAnswer> => {
    const made = patient(sketch);
    const identifier = [...((made['identifier'] ?? []) as Json[]), { system, value }];
    return fhirRequest(url(value), { method: 'PUT', body: { ...made, identifier, ...fields } });
  };
  const replacedBy = (other: Json): Json => ({ active: false, link: [{ other, type: 'replaced-by' }] });
  const pixOf = (value: string): Promise<FhirAnswer> =>
    fhirRequest(`${node.base}/Patient/$ihe-pix?sourceIdentifier=${system}|${value}`);

  it('adds a Patient by its number, and revises it by the same', async () => {
    const added = await feed('R1', zhao);
    await feed('R2', li);
    expect([added.status, (await personsAt(node)).length]).to.deep.equal([201, 2]);
    const revised = await feed('R1', li);
    expect([revised.status, revised.json['id']]).to.deep.equal([200, added.json['id']]);
    const persons = await personsAt(node);
    expect(persons.map(({ patients }) => patients.length)).to.deep.equal([2]);
  });

  it('takes a resolved duplicate to the person of the record that replaces it', async () => {
    const kept = await feed('R1', li);
    const duplicate = await feed('R2', { ...zhao, residentId: undefined });
    expect(await personsAt(node)).to.have.length(2);
    const reference = `Patient/${kept.json['id'] as string}`;
    const answer = await feed('R2', { ...zhao, residentId: undefined }, replacedBy({ reference }));
    expect(answer.status).to.equal(200);
    const [person, ...others] = await personsAt(node);
    expect(others).to.deep.equal([]);
    expect(person?.patients).to.have.members([kept.json['id'], duplicate.json['id']]);
    const answered = (await pixOf('R2')).json['parameter'] as Json[];
    const targets = answered.filter(({ name }) => name === 'targetId');
    expect(targets.map((target) => idOf(target, 'valueReference'))).to.deep.equal([kept.json['id']]);
    expect(JSON.stringify((await pixOf('R1')).json)).not.to.contain('R2');
  });

  it('finds the record that replaces it by its number, too', async () => {
    await feed('R1', li);
    await feed('R2', { ...zhao, residentId: undefined });
    expect(await personsAt(node)).to.have.length(2);
    const answer = await feed(
      'R2',
      { ...zhao, residentId: undefined },
      replacedBy({ identifier: { system, value: 'R1' } }),
    );
    expect(answer.status).to.equal(200);
    expect((await personsAt(node)).map(({ patients }) => patients.length)).to.deep.equal([2]);
  });

  it('removes a Patient by its number, and its person with its last record', async () => {
    await feed('R1', li);
    await feed('R2', li);
    expect(await personsAt(node)).to.have.length(1);
    expect((await fhirRequest(url('R1'), { method: 'DELETE' })).status).to.equal(204);
    const [person] = await personsAt(node);
    expect(person?.patients).to.have.length(1);
    expect((await pixOf('R1')).status).to.equal(404);
    await fhirRequest(url('R2'), { method: 'DELETE' });
    expect(await personsAt(node)).to.deep.equal([]);
  });

  it('is told in the CapabilityStatement with the operations on a Patient', async () => {
    const { json } = await fhirRequest(`${node.base}/metadata`);
    const [rest] = json['rest'] as Json[];
    const resource = (rest?.['resource'] as Json[]).find(({ type }) => type === 'Patient');
    expect(resource).to.include({ conditionalUpdate: true, conditionalDelete: 'single' });
    expect(resource?.['operation']).to.deep.include.members([
      { name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' },
      { name: 'ihe-pix', definition: 'https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix' },
    ]);
    expect(rest?.['documentation']).to.contain('ITI-104').and.to.contain(':mdm');
  });

  it('leaves Persons to the index: a client makes, changes and deletes none', async () => {
    await feed('R1', li);
    await settled(node);
    const [person] = await personsAt(node);
    const at = `${node.base}/Person/${person?.id ?? ''}`;
    const body = { resourceType: 'Person', active: true };
    const answers = [
      await fhirRequest(`${node.base}/Person`, { method: 'POST', body }),
      await fhirRequest(at, { method: 'PUT', body: { ...body, id: person?.id } }),
      await fhirRequest(at, { method: 'DELETE' }),
      await fhirRequest(node.base, { method: 'POST', body: transactionOf(postEntry(body)) }),
    ];
    for (const answer of answers) {
      const [issue] = issuesOf(answer);
      expect([answer.status, issue?.code]).to.deep.equal([409, 'conflict']);
      expect(issue?.diagnostics).to.contain('$merge');
    }
    expect(await personsAt(node)).to.have.length(1);
  });
});
