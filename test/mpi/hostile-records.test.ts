import { expect } from 'chai';

import { readReviewTask, reviewTaskId } from '../../src/domain/mpi/registry/records/review-task.js';
import { fhirRequest, issuesOf, type Json } from '../support/fhir-request.js';
import { personsAt, sendPatient } from '../support/mpi-requests.js';
import { patient, residentId } from '../support/patients.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';
import { queueAt } from '../support/steward-requests.js';
import { li, zhao } from '../support/steward-sketches.js';

const reviewSystem = 'https://regional-hie.org/fhir/CodeSystem/identity-review';
const queued = (code: string): Json => ({ coding: [{ system: reviewSystem, code }] });

describe('records that would stop the person index', () => {
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  const send = (method: string, path: string, body: object) =>
    fhirRequest(`${node.base}/${path}`, { method, body });

  it('lets no client write a Task into the queue', async () => {
    const id = await sendPatient(node, patient(li));
    const task = {
      resourceType: 'Task',
      status: 'requested',
      intent: 'proposal',
      code: queued('possible-link'),
      for: { reference: `Patient/${id}` },
    };
    expect((await send('POST', 'Task', task)).status).to.equal(409);
  });

  it('lets no client change or delete a Task of the queue', async () => {
    await sendPatient(node, patient({ ...li, residentId: residentId('420602', '1985-03-12', '984') }));
    await sendPatient(node, patient({ ...li, residentId: residentId('420602', '1985-03-12', '986') }));
    const [task = {}] = await queueAt(node, 'requested');
    const path = `Task/${String(task['id'])}`;
    expect((await send('PUT', path, { ...task, code: { text: '随访' } })).status).to.equal(409);
    expect((await fhirRequest(`${node.base}/${path}`, { method: 'DELETE' })).status).to.equal(409);
  });

  it('tells a client of whatever institution that it keeps Persons alone', async () => {
    const client = makeClient({ id: 'his-1', source: 'hospital-1', scopes: ['system/*.cruds'] });
    await sendPatient(node, patient(li));
    const [person] = await personsAt(node);
    const signed = await startNode({ mpi: 'elsewhere', store: node.store, clients: [client.registration] });
    const headers = { Authorization: `Bearer ${await signIn(signed.origin, client, 'system/*.cruds')}` };
    const url = `${signed.base}/Person/${person?.id ?? ''}`;
    const answer = await fhirRequest(url, { method: 'DELETE', headers });
    await signed.close();
    expect([answer.status, issuesOf(answer)[0]?.diagnostics]).to.deep.equal([
      409,
      'A Person is kept by the person index alone: send Patients, and correct who is who by Person/$merge, $unmerge, $link and $unlink',
    ]);
  });

  it('reads nothing out of a Task that it has not written', () => {
    const id = reviewTaskId('a', 'b');
    const task = {
      resourceType: 'Task',
      id,
      status: 'requested',
      code: queued('possible-link'),
      for: { reference: 'Patient/a' },
      focus: { reference: 'Patient/b' },
      authoredOn: '2026-01-01T00:00:00.000Z',
    };
    expect(readReviewTask(JSON.stringify(task))).to.include({ first: 'a', second: 'b' });
    for (const odd of [
      { code: queued('constructor') },
      { focus: undefined },
      { focus: { reference: 'Group/b' } },
      { authoredOn: undefined },
      { id: 'another' },
    ]) {
      expect(readReviewTask(JSON.stringify({ ...task, ...odd })), JSON.stringify(odd)).to.equal(undefined);
    }
    const noted = { ...task, note: [{ text: '备注', authorReference: { reference: 'Practitioner/x' } }] };
    expect(readReviewTask(JSON.stringify(noted))?.notes).to.deep.equal([]);
  });

  it('takes a Linkage that lists two Patients thousands of times as one pair', async () => {
    const ids = [await sendPatient(node, patient(li)), await sendPatient(node, patient(zhao))];
    const item = ['source', 'alternate'].flatMap((type, place) =>
      Array.from({ length: 6_000 }, () => ({ type, resource: { reference: `Patient/${ids[place] ?? ''}` } })),
    );
    expect((await send('POST', 'Linkage', { resourceType: 'Linkage', item })).status).to.equal(201);
    const persons = await personsAt(node);
    expect(persons.map(({ patients }) => patients.length)).to.deep.equal([2]);
  });

  it('makes no person of all the records that a source calls replaced by one', async () => {
    await send('PUT', 'Patient/hub', { ...patient(zhao), id: 'hub' });
    const entry = Array.from({ length: 220 }, (_, place) => ({
      request: { method: 'POST', url: 'Patient' },
      resource: {
        ...patient({ name: `王${String.fromCharCode(0x4e00 + place)}` }),
        link: [{ type: 'replaced-by', other: { reference: 'Patient/hub' } }],
      },
    }));
    expect((await send('POST', '', { resourceType: 'Bundle', type: 'batch', entry })).status).to.equal(200);
    const sizes = (await personsAt(node)).map(({ patients }) => patients.length);
    expect([Math.max(...sizes), sizes.length]).to.deep.equal([200, 22]);
  });
});
