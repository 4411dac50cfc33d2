import { expect } from 'chai';

import { replica, sha256 } from '../contract/store-units.js';
import { fhirRequest, entriesOf, type Json } from '../support/fhir-request.js';
import { idOf, personsAt, settled, sendPatient, type Linked } from '../support/mpi-requests.js';
import { patient, residentId } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('registering Patients', () => {
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  const replace = (id: string, body: object) =>
    fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: { ...body, id } });

  const transaction = (resources: readonly object[]) => {
    const entry = resources.map((resource) => ({ request: { method: 'POST', url: 'Patient' }, resource }));
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    return fhirRequest(node.base, { method: 'POST', body });
  };

  it('makes one Person of two records of one person, and another of somebody else', async () => {
    const first = await sendPatient(node, patient(li));
    const second = await sendPatient(node, patient({ ...li, phone: '10099998888', residentId: undefined }));
    const other = await sendPatient(node, patient(zhao));
    const persons = await personsAt(node);
    expect(groupsOf(persons)).to.have.deep.members([[first, second].sort(), [other]]);
  });

  it('tells why a record is of its person, field by field, and by which model', async () => {
    await sendPatient(node, patient(li));
    await sendPatient(node, patient(li));
    const [person] = await personsAt(node);
    const link = (person?.resource['link'] as Json[])[0];
    expect(link?.['assurance']).to.equal('level3');
    const evidence = (link?.['extension'] as Json[])[0]?.['extension'] as Json[];
    expect(evidence.map(({ url }) => url)).to.include.members([
      'model',
      'posterior',
      'weight',
      'given',
      'birthDate',
    ]);
  });

  it('stores a Patient with nothing to match on, links it to nobody and lists it', async () => {
    const id = await sendPatient(node, patient({ name: '不详', birthDate: '1900-01-01' }));
    expect(await personsAt(node)).to.have.length(0);
    expect(await node.store.unmatchable({ limit: 10 })).to.deep.equal([id]);
  });

  it('keeps an id with a wrong check digit, and does not rest a link on it alone', async () => {
    const wrong = `${li.residentId.slice(0, 17)}${li.residentId.endsWith('1') ? '2' : '1'}`;
    const first = await sendPatient(node, patient({ ...li, residentId: wrong }));
    const second = await sendPatient(node, patient({ ...zhao, residentId: wrong }));
    expect(groupsOf(await personsAt(node))).to.have.deep.members([[first], [second]]);
  });

  it('moves a corrected record to its own person and lets the other keep its id', async () => {
    const first = await sendPatient(node, patient(li));
    const second = await sendPatient(node, patient(li));
    const [before] = await personsAt(node);
    await fhirRequest(`${node.base}/Patient/${second}`, {
      method: 'PUT',
      body: { ...patient(zhao), id: second },
    });
    const after = await personsAt(node);
    expect(groupsOf(after)).to.have.deep.members([[first], [second]]);
    expect(after.find(({ patients }) => patients.includes(first))?.id).to.equal(before?.id);
  });

  it('merges two persons when a record shows that they are one, and the merged-away id resolves', async () => {
    const first = await sendPatient(
      node,
      patient({ ...li, phone: undefined, address: undefined, division: undefined }),
    );
    const second = await sendPatient(node, patient({ ...li, residentId: undefined, birthDate: undefined }));
    const before = await personsAt(node);
    const bridge = await sendPatient(node, patient(li));
    const after = await personsAt(node);
    expect(before).to.have.length(2);
    expect(groupsOf(after)).to.deep.equal([[first, second, bridge].sort()]);
    const gone = before.find(({ id }) => id !== after[0]?.id)?.id ?? '';
    const resolved = await node.mpi?.index.resolve(gone);
    expect(resolved?.id).to.equal(after[0]?.id);
  });

  it('retires a Person whose only record was deleted', async () => {
    const id = await sendPatient(node, patient(li));
    const [person] = await personsAt(node);
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'DELETE' });
    expect(await personsAt(node)).to.have.length(0);
    const read = await fhirRequest(`${node.base}/Person/${person?.id ?? ''}`);
    expect(read.json['active']).to.equal(false);
  });

  it('takes the word of a source that one of its records replaces another', async () => {
    const old = await sendPatient(node, patient(zhao));
    const now = await sendPatient(
      node,
      patient({ ...li, link: [{ other: `Patient/${old}`, type: 'replaces' }] }),
    );
    expect(groupsOf(await personsAt(node))).to.deep.equal([[old, now].sort()]);
  });

  it('takes that word by a number, also where the record that has the number comes later', async () => {
    const old = await sendPatient(node, { ...patient(zhao), link: replacedByNumber });
    const before = await personsAt(node);
    const now = await sendPatient(node, { ...patient(li), identifier: [number] });
    const after = await personsAt(node);
    expect(groupsOf(before)).to.deep.equal([[old]]);
    expect(groupsOf(after)).to.deep.equal([[old, now].sort()]);
    expect(after[0]?.id).to.equal(before[0]?.id);
    // It stands through corrections of the later one, and goes with the word.
    await replace(now, { ...patient({ ...li, phone: '10099998888' }), identifier: [number] });
    expect(groupsOf(await personsAt(node))).to.deep.equal([[old, now].sort()]);
    await replace(old, patient(zhao));
    expect(groupsOf(await personsAt(node))).to.have.deep.members([[old], [now]]);
  });

  it('takes it of several records and of one that gets its number later', async () => {
    const first = await sendPatient(node, { ...patient(zhao), link: replacedByNumber });
    const now = await sendPatient(node, patient(li));
    const second = await sendPatient(node, { ...patient(sun), link: replacedByNumber });
    expect(await personsAt(node)).to.have.length(3);
    await replace(now, { ...patient(li), identifier: [...(patient(li)['identifier'] as Json[]), number] });
    expect(groupsOf(await personsAt(node))).to.deep.equal([[first, second, now].sort()]);
  });

  it('takes it where both records come at once', async () => {
    await transaction([
      { ...patient(zhao), link: replacedByNumber },
      { ...patient(li), identifier: [number] },
    ]);
    expect((await personsAt(node)).map(({ patients }) => patients.length)).to.deep.equal([2]);
  });

  it('takes it where a stream brings the record that is named by its id later', async () => {
    const old = replica({ type: 'Patient', id: 'old' });
    const link = [{ other: 'Patient/later', type: 'replaced-by' }];
    const body = JSON.stringify({ ...patient({ ...zhao, link }), id: 'old', meta: { versionId: '1' } });
    const change = { ...old, body, hash: sha256(body) };
    expect((await node.store.commit({ changes: [change], guards: [] })).ok).to.equal(true);
    const before = await personsAt(node);
    await replace('later', patient(li));
    expect(groupsOf(before)).to.deep.equal([['old']]);
    expect(groupsOf(await personsAt(node))).to.deep.equal([['later', 'old']]);
  });

  it('takes nobody’s word of a number that two records have', async () => {
    await transaction([
      { ...patient(zhao), link: replacedByNumber },
      { ...patient(li), identifier: [number] },
      { ...patient(sun), identifier: [number] },
    ]);
    expect(await personsAt(node)).to.have.length(3);
  });

  it('keeps apart what a human keeps apart, and joins it again when that is undone', async () => {
    const first = await sendPatient(node, patient(li));
    const second = await sendPatient(node, patient(li));
    const linkage = {
      resourceType: 'Linkage',
      extension: [
        {
          url: 'https://regional-hie.org/fhir/StructureDefinition/identity-decision',
          valueCode: 'non-link',
        },
      ],
      active: true,
      item: [
        { type: 'source', resource: { reference: `Patient/${first}` } },
        { type: 'alternate', resource: { reference: `Patient/${second}` } },
      ],
    };
    const made = await fhirRequest(`${node.base}/Linkage`, { method: 'POST', body: linkage });
    const apart = await personsAt(node);
    const id = made.json['id'] as string;
    await fhirRequest(`${node.base}/Linkage/${id}`, {
      method: 'PUT',
      body: { ...linkage, id, active: false },
    });
    const again = await personsAt(node);
    expect(groupsOf(apart)).to.have.deep.members([[first], [second]]);
    expect(groupsOf(again)).to.deep.equal([[first, second].sort()]);
  });

  it('puts a pair in question into the steward’s queue, once, and takes it out when it is settled', async () => {
    const first = await sendPatient(node, patient({ ...li, residentId: undefined, phone: undefined }));
    const second = await sendPatient(
      node,
      patient({ ...li, name: '李小美', residentId: undefined, phone: undefined, birthDate: '1985-03-21' }),
    );
    await settled(node);
    const open = await tasksAt(node, 'requested');
    expect(open.map((task) => [idOf(task, 'for'), idOf(task, 'focus')])).to.deep.equal([
      [first, second].sort(),
    ]);
    await fhirRequest(`${node.base}/Patient/${second}`, {
      method: 'PUT',
      body: {
        ...patient({ name: '李小美', gender: 'female', birthDate: '1991-08-08', address: zhao.address }),
        id: second,
      },
    });
    await settled(node);
    expect(await tasksAt(node, 'requested')).to.have.length(0);
  });

  it('lets two registrations of one person meet, however they race', async function () {
    this.timeout(120_000);
    const people = 1000;
    const race = async (serial: number): Promise<void> => {
      const birthDate = `19${String(50 + (serial % 50))}-0${String(1 + (serial % 9))}-1${String(serial % 10)}`;
      const sketch = {
        name: `周${String.fromCodePoint(0x4e00 + serial)}`,
        gender: serial % 2 === 1 ? 'male' : 'female',
        birthDate,
        residentId: residentId('420602', birthDate, String(serial).padStart(3, '0')),
        phone: `100${String(serial).padStart(8, '0')}`,
      } as const;
      await Promise.all([sendPatient(node, patient(sketch)), sendPatient(node, patient(sketch))]);
    };
    for (let from = 0; from < people; from += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, place) => race(from + place)));
    }
    const persons = await personsAt(node);
    const sizes = persons.map(({ patients }) => patients.length);
    expect({ persons: sizes.length, pairs: sizes.filter((size) => size === 2).length }).to.deep.equal({
      persons: people,
      pairs: people,
    });
  });
});

const sun = { name: '孙大伟', birthDate: '1971-01-19' };
/** The number of a record at its hospital, and how another one names it. */
const number = { system: 'https://hospital.example/mrn', value: '4711' };
const replacedByNumber = [{ other: { identifier: number }, type: 'replaced-by' }];

const groupsOf = (persons: readonly Linked[]): string[][] =>
  persons.map(({ patients }) => [...patients].sort());

async function tasksAt(node: TestNode, status: string): Promise<Json[]> {
  const answer = await fhirRequest(`${node.base}/Task?status=${status}&_count=100`);
  return entriesOf(answer).flatMap(({ resource }) => (resource ? [resource] : []));
}
