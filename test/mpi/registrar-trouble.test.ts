import { expect } from 'chai';

import { createRegistration, type Registration } from '../../src/jobs/register-patients.js';
import { builtInModel, createRegistrar } from '../../src/domain/mpi/index.js';
import { createIds } from '../../src/adapters/system/ids.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Store } from '../../src/ports/store.js';
import { createAdmission } from '../../src/threads/admission.js';
import { createIngest } from '../../src/threads/ingest-pool.js';
import { entriesOf, fhirRequest, referenceIn, type Json } from '../support/fhir-request.js';
import { idOf, personsAt, sendPatient, settled } from '../support/mpi-requests.js';
import { patient } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('a registrar in trouble', () => {
  let node: TestNode;
  afterEach(() => node.close());

  it('leaves out a version that it can’t take, tells it, and goes on with those around it', async () => {
    node = await startNode();
    const first = await sendPatient(node, patient(li));
    const odd = await sendPatient(node, patient({ name: '孙大伟', birthDate: '1971-01-19' }));
    const last = await sendPatient(node, patient(zhao));
    const { registration, close } = registrationOn(failingFor(node.store, new Set([odd])));
    await registration.start();
    await complete(registration);
    await registration.stop();
    await close();
    const answer = await fhirRequest(`${node.base}/Person?patient:missing=false`);
    const members = entriesOf(answer).flatMap(({ resource }) => (resource?.['link'] ?? []) as Json[]);
    expect(members.map((member) => idOf(member, 'target'))).to.have.members([first, last]);
    const [exception] = await node.store.exceptions({ stream: 'mpi', limit: 10 });
    expect(exception?.key).to.deep.equal({ type: 'Patient', id: odd });
  });

  it('takes back what it told of a version when it takes a later one of the record', async () => {
    node = await startNode();
    const odd = await sendPatient(node, patient(li));
    const other = await sendPatient(node, patient(zhao));
    const failing = new Set([odd, other]);
    const before = registrationOn(failingFor(node.store, failing));
    await before.registration.start();
    await complete(before.registration);
    expect(await leftOutAt(node)).to.have.members([odd, other]);
    failing.delete(odd);
    await correct(node, odd);
    await complete(before.registration);
    expect(await leftOutAt(node)).to.deep.equal([other]);
    await before.registration.stop();
    await before.close();
    // Of the process before.
    const after = registrationOn(node.store);
    await fhirRequest(`${node.base}/Patient/${other}`, { method: 'DELETE' });
    await after.registration.start();
    await complete(after.registration);
    expect(await leftOutAt(node)).to.deep.equal([]);
    await after.registration.stop();
    await after.close();
  });

  it('goes on telling a record of which no version could be taken', async () => {
    node = await startNode();
    const odd = await sendPatient(node, patient(li));
    const { registration, close } = registrationOn(failingFor(node.store, new Set([odd])));
    await registration.start();
    await complete(registration);
    await correct(node, odd);
    await sendPatient(node, patient(zhao));
    await complete(registration);
    expect(new Set(await leftOutAt(node))).to.deep.equal(new Set([odd]));
    await registration.stop();
    await close();
  });

  it('ties what names a record that comes only after another process has taken over', async () => {
    node = await startNode({ mpi: 'self' });
    const number = { system: 'https://hospital.example/mrn', value: '4711' };
    const link = [{ other: { identifier: number }, type: 'replaced-by' }];
    const old = await sendPatient(node, { ...patient(zhao), link });
    await personsAt(node);
    await node.mpi?.registration.stop();
    const next = await startNode({ mpi: 'self', store: node.store });
    const now = await sendPatient(next, { ...patient(li), identifier: [number] });
    const persons = await personsAt(next);
    await next.close();
    expect(persons.map(({ patients }) => new Set(patients))).to.deep.equal([new Set([old, now])]);
  });

  it('places what was enrolled before its node became the identity domain', async () => {
    node = await startNode({ mpi: 'elsewhere' });
    const id = await sendPatient(node, patient(li));
    expect(await personsAt(node)).to.have.length(0);
    await node.mpi?.registration.stop();
    const domain = await startNode({ mpi: 'self', store: node.store });
    const persons = await personsAt(domain);
    await domain.close();
    expect(persons.map(({ patients }) => patients)).to.deep.equal([[id]]);
  });

  /** Runs a registration until it asks for the blocks of its `last`th Patient; how often it asked in all. */
  async function stoppedAt(last: number): Promise<number> {
    let asked = 0;
    let closing = (): Promise<void> => Promise.resolve();
    await new Promise<void>((resolve) => {
      const blocks: Store['blocks'] = (query) => {
        // Not the question whether any record names another one.
        if (query.limit > 1) asked += 1;
        if (asked === last) resolve(running.registration.stop());
        return node.store.blocks(query);
      };
      const running = registrationOn({ ...node.store, blocks });
      closing = running.close;
      void running.registration.start();
    });
    await closing();
    return asked;
  }

  /** Patients who say nothing but a name and a birth date. */
  async function sendMany(count: number): Promise<string[]> {
    const entry = Array.from({ length: count }, (_, place) => ({
      request: { method: 'POST', url: 'Patient' },
      resource: patient({ name: `孙大${String.fromCharCode(0x4e00 + 9 * place)}`, birthDate: '1971-01-19' }),
    }));
    const body = { resourceType: 'Bundle', type: 'batch', entry };
    const answer = await fhirRequest(node.base, { method: 'POST', body });
    return entriesOf(answer).map(({ response }) => referenceIn(response?.location).replace('Patient/', ''));
  }

  it('ends after the Patient at hand when it is stopped, and keeps what it has done', async () => {
    node = await startNode();
    await sendMany(30);
    expect(await stoppedAt(3)).to.equal(3);
    expect((await node.store.countEnrolled()).reduce((sum, { n }) => sum + n, 0)).to.equal(3);
    expect((await node.store.cursor('mpi'))?.sequence).to.equal(3);
  });

  it('ends in the middle of a decision on many records, which is followed when it runs again', async () => {
    node = await startNode();
    const ids = await sendMany(30);
    const item = ids.map((id, place) => ({
      type: place < 15 ? 'source' : 'alternate',
      resource: { reference: `Patient/${id}` },
    }));
    await fhirRequest(`${node.base}/Linkage`, { method: 'POST', body: { resourceType: 'Linkage', item } });
    expect(await stoppedAt(35)).to.equal(35);
    const domain = await startNode({ mpi: 'self', store: node.store });
    const persons = await personsAt(domain);
    await domain.close();
    expect(persons.map(({ patients }) => patients.length)).to.deep.equal([30]);
    expect(await node.store.exceptions({ stream: 'mpi', limit: 10 })).to.deep.equal([]);
  });

  it('has not matched everybody anew when it fails while it is stopped in the middle of that', async () => {
    node = await startNode();
    await sendMany(5);
    const first = registrationOn(node.store);
    await first.registration.start();
    await complete(first.registration);
    await first.registration.stop();
    await first.close();
    let closing = (): Promise<void> => Promise.resolve();
    await new Promise<void>((resolve) => {
      const blocks: Store['blocks'] = () => {
        resolve(anew.registration.stop());
        return Promise.reject(new TypeError('made for the test'));
      };
      const anew = registrationOn({ ...node.store, blocks }, 'another');
      closing = anew.close;
      void anew.registration.start();
    });
    await closing();
    const matchedAnew = (): Promise<unknown> => node.store.cursor('mpi-rematched/another');
    expect(await matchedAnew()).to.equal(undefined);
    const again = registrationOn(node.store, 'another');
    await again.registration.start();
    while ((await matchedAnew()) === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await again.registration.stop();
    await again.close();
  });
});

describe('a node that is the identity domain once more', () => {
  it('takes out what was deleted and moves what was corrected while it was not', async () => {
    const before = await startNode({ mpi: 'self' });
    const [kept, deleted, corrected] = [
      await sendPatient(before, patient(li)),
      await sendPatient(before, patient(li)),
      await sendPatient(before, patient(li)),
    ];
    await personsAt(before);
    await before.mpi?.registration.stop();
    const below = await startNode({ mpi: 'elsewhere', store: before.store });
    const body = { ...patient(zhao), id: corrected };
    await fhirRequest(`${below.base}/Patient/${deleted}`, { method: 'DELETE' });
    await fhirRequest(`${below.base}/Patient/${corrected}`, { method: 'PUT', body });
    await settled(below);
    await below.close();
    const after = await startNode({ mpi: 'self', store: before.store });
    const persons = await personsAt(after);
    await after.close();
    await before.close();
    expect(persons.map(({ patients }) => patients)).to.have.deep.members([[kept], [corrected]]);
  });
});

/** Resolves when everything that is stored has been followed. */
async function complete(registration: Registration): Promise<void> {
  while (!(await registration.progress()).complete) await new Promise((resolve) => setTimeout(resolve, 5));
}

const correct = (node: TestNode, id: string) =>
  fhirRequest(`${node.base}/Patient/${id}`, {
    method: 'PUT',
    body: { ...patient({ ...li, phone: '10099998888' }), id },
  });

const leftOutAt = async ({ store }: TestNode): Promise<string[]> =>
  (await store.exceptions({ stream: 'mpi', limit: 10 })).map(({ key }) => key.id);

/** The same store, but that it can't say what is enrolled of some Patients: stands for a fault of the program. */
function failingFor(store: Store, failing: ReadonlySet<string>): Store {
  return {
    ...store,
    enrolled: (ids) =>
      ids.some((id) => failing.has(id))
        ? Promise.reject(new TypeError('made for the test'))
        : store.enrolled(ids),
  };
}

function registrationOn(
  store: Store,
  activation = '',
): { registration: Registration; close: () => Promise<void> } {
  const clock = { now: () => Date.now() };
  const ids = createIds(clock);
  const logger = createLogger({ level: 'silent', node: 'county-a' });
  const admission = createAdmission(1_000_000);
  const ingest = createIngest({
    inlineLimitBytes: 65_536,
    admission,
    base: 'http://county-a.test/fhir',
    logger,
  });
  const deps = { store, ingest, clock, ids, logger, nodeId: 'county-a', isDomain: true };
  const registration = createRegistration({
    ...deps,
    model: () => Promise.resolve({ activation, model: builtInModel }),
    createRegistrar: () => createRegistrar({ ...deps, model: () => Promise.resolve(builtInModel) }),
  });
  return { registration, close: () => ingest.close() };
}
