import { expect } from 'chai';

import { fhirRequest, type Json } from '../support/fhir-request.js';
import { changedByFollowingAgain } from '../support/identity-invariants.js';
import { personsAt, sendPatient, settled, type Linked } from '../support/mpi-requests.js';
import { patient, residentId, type PatientSketch } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { startNode, type TestNode } from '../support/start-node.js';
import { askSteward, queueAt } from '../support/steward-requests.js';

/** A Patient a visit: more records of one person than a group may have. */
describe('a person of very many records', function () {
  this.timeout(120_000);
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  /** Sends records of one person in one batch; their ids in order. */
  async function visits(count: number, sketch: PatientSketch = li): Promise<string[]> {
    const entry = Array.from({ length: count }, () => ({
      request: { method: 'POST', url: 'Patient' },
      resource: patient(sketch),
    }));
    const body = { resourceType: 'Bundle', type: 'batch', entry };
    const answer = await fhirRequest(node.base, { method: 'POST', body });
    return (answer.json['entry'] as { response: Json }[]).map(
      ({ response }) => /Patient\/([^/]+)/.exec(String(response['location']))?.[1] ?? 'nothing was made',
    );
  }
  const correct = (id: string, sketch: PatientSketch) =>
    fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: { ...patient(sketch), id } });
  const personOf = async (id: string): Promise<Linked | undefined> =>
    (await personsAt(node)).find(({ patients }) => patients.includes(id));
  const sizes = async (): Promise<number[]> =>
    (await personsAt(node)).map(({ patients }) => patients.length).sort((one, other) => other - one);

  it('is one Person, whatever parts the records come in', async () => {
    const [first = ''] = await visits(1);
    const id = (await personOf(first))?.id;
    for (const part of [150, 49, 1, 99, 700]) {
      await visits(part);
      await settled(node);
    }
    const persons = await personsAt(node);
    expect(persons.map(({ patients }) => new Set(patients).size)).to.deep.equal([1000]);
    expect(persons[0]?.id).to.equal(id);
  });

  it('tells the evidence of a link in the version that adds it', async () => {
    await visits(300);
    await settled(node);
    const [added = ''] = await visits(1);
    const person = await personOf(added);
    const links = (person?.resource['link'] ?? []) as Json[];
    const told = links.filter((link) => link['extension'] !== undefined);
    expect(told.map(({ target }) => (target as Json)['reference'])).to.deep.equal([`Patient/${added}`]);
    expect(links.every(({ assurance }) => assurance === 'level3')).to.equal(true);
  });

  it('is not joined by a stranger with another verified id and the same telephone', async () => {
    await visits(210);
    const stranger = await sendPatient(node, patient({ ...zhao, phone: li.phone }));
    const twin = await sendPatient(
      node,
      patient({ ...li, residentId: residentId('420602', '1985-03-12', '984') }),
    );
    expect(await sizes()).to.deep.equal([210, 1, 1]);
    await visits(1);
    expect(await sizes()).to.deep.equal([211, 1, 1]);
    expect((await personOf(stranger))?.patients).to.deep.equal([stranger]);
    expect((await personOf(twin))?.patients).to.deep.equal([twin]);
  });

  it('is left by a corrected record, which joins whoever it is of now, and by a deleted one', async () => {
    const ids = await visits(210);
    const other = await sendPatient(node, patient(zhao));
    const before = await personOf(ids[0] ?? '');
    await correct(ids[5] ?? '', zhao);
    await fhirRequest(`${node.base}/Patient/${ids[6] ?? ''}`, { method: 'DELETE' });
    const after = await personOf(ids[0] ?? '');
    expect([after?.id, after?.patients.length]).to.deep.equal([before?.id, 208]);
    expect((await personOf(other))?.patients).to.have.members([other, ids[5]]);
    expect(await personOf(ids[6] ?? '')).to.equal(undefined);
    await correct(ids[5] ?? '', li);
    expect(await sizes()).to.deep.equal([209, 1]);
  });

  it('takes a record back that says nothing any more only with what it says again', async () => {
    const ids = await visits(210);
    await correct(ids[3] ?? '', { name: '不详' });
    expect(await sizes()).to.deep.equal([209]);
    await correct(ids[3] ?? '', li);
    expect(await sizes()).to.deep.equal([210]);
  });

  it('is kept from a record by a human, and has it again when that is undone', async () => {
    const ids = await visits(1100);
    const person = await personOf(ids[0] ?? '');
    const out = ids[700] ?? '';
    const answer = await askSteward(node, `Person/${person?.id ?? ''}/$unlink`, { patient: out });
    expect(answer.status).to.equal(200);
    expect(await sizes()).to.deep.equal([1099, 1]);
    // What comes later goes on with the Person, and not with the one that was taken out.
    await visits(2);
    await correct(out, { ...li, phone: '10099998888' });
    await correct(ids[1] ?? '', { ...li, phone: '10099998888' });
    expect(await sizes()).to.deep.equal([1101, 1]);
    expect((await personOf(out))?.patients).to.deep.equal([out]);
    const linked = await askSteward(node, `Person/${person?.id ?? ''}/$link`, { patient: out });
    expect(linked.status).to.equal(200);
    expect(await sizes()).to.deep.equal([1102]);
    expect((await personOf(out))?.id).to.equal(person?.id);
  });

  it('takes what a human links to it, and gives it back as the Person that it was', async () => {
    const ids = await visits(210);
    const others = await visits(3, zhao);
    const [person, gone] = [await personOf(ids[0] ?? ''), await personOf(others[0] ?? '')];
    const merged = await askSteward(node, `Person/${gone?.id ?? ''}/$merge`, { into: person?.id ?? '' });
    expect(merged.status).to.equal(200);
    expect(await sizes()).to.deep.equal([213]);
    await visits(1, zhao);
    await visits(1);
    expect(await sizes()).to.deep.equal([215]);
    const parted = await askSteward(node, `Person/${gone?.id ?? ''}/$unmerge`);
    expect(parted.status).to.equal(200);
    const back = await personOf(others[0] ?? '');
    expect(back?.id).to.equal(gone?.id);
    expect(back?.patients).to.include.members(others);
    expect((await personOf(ids[0] ?? ''))?.id).to.equal(person?.id);
  });

  it('is made of two by a human, and parted again', async () => {
    const [ids, others] = [await visits(190), await visits(12, zhao)];
    const [person, gone] = [await personOf(ids[0] ?? ''), await personOf(others[0] ?? '')];
    const merged = await askSteward(node, `Person/${gone?.id ?? ''}/$merge`, { into: person?.id ?? '' });
    expect(merged.status).to.equal(200);
    expect(await sizes()).to.deep.equal([202]);
    expect((await personOf(others[0] ?? ''))?.id).to.equal(person?.id);
    const parted = await askSteward(node, `Person/${gone?.id ?? ''}/$unmerge`);
    expect(parted.status).to.equal(200);
    expect(await sizes()).to.deep.equal([190, 12]);
    expect((await personOf(others[0] ?? ''))?.id).to.equal(gone?.id);
    expect((await personOf(ids[0] ?? ''))?.id).to.equal(person?.id);
  });

  it('takes a corrected record of a Person with which it has no room in one group', async () => {
    const [ids, others] = [await visits(100), await visits(150, zhao)];
    await correct(ids[7] ?? '', zhao);
    expect(await sizes()).to.deep.equal([151, 99]);
    expect((await personOf(ids[7] ?? ''))?.patients).to.include.members(others);
  });

  it('is not decided of by more pairs than can be held', async () => {
    const [ids, others] = [await visits(510), await visits(500, zhao)];
    const [person, gone] = [await personOf(ids[0] ?? ''), await personOf(others[0] ?? '')];
    const answer = await askSteward(node, `Person/${gone?.id ?? ''}/$merge`, { into: person?.id ?? '' });
    expect(answer.status).to.equal(422);
    expect(JSON.stringify(answer.json)).to.contain('250,000 pairs');
    expect(await sizes()).to.deep.equal([510, 500]);
    const linkages = await fhirRequest(`${node.base}/Linkage?_summary=count`);
    expect(linkages.json['total']).to.equal(0);
  });

  it('is not made one with another as large by a Task on two of their records', async () => {
    const twin = { ...li, residentId: residentId('420602', '1985-03-12', '984') };
    // While they are small their keys bring them together, and the question is put.
    const few = [...(await visits(5)), ...(await visits(5, twin))];
    await settled(node);
    await visits(196);
    await visits(196, twin);
    const between = (await queueAt(node, 'requested')).filter(({ for: one, focus }) =>
      [one, focus].every((reference) =>
        few.includes(String((reference as Json)['reference']).replace('Patient/', '')),
      ),
    );
    expect(await sizes()).to.deep.equal([201, 201]);
    const answer = await askSteward(node, `Task/${String(between[0]?.['id'])}/$decide`, { choice: 'link' });
    expect(answer.status).to.equal(422);
    expect(JSON.stringify(answer.json)).to.contain('$merge');
    expect(await sizes()).to.deep.equal([201, 201]);
  });

  it('leaves the question open whether it is one with another as large', async () => {
    const [one, twin] = [
      { ...li, phone: '10099997777' },
      { ...li, phone: '10099997777', residentId: residentId('420602', '1985-03-12', '984') },
    ];
    const few = [...(await visits(5, one)), ...(await visits(5, twin))];
    await settled(node);
    await visits(196);
    await visits(196, { ...twin, phone: '10099996666' });
    expect(await sizes()).to.deep.equal([201, 201]);
    const before = (await queueAt(node, 'requested')).map(({ id }) => id);
    expect(before).not.to.deep.equal([]);
    for (const id of few.slice(0, 5)) await correct(id, { ...one, address: undefined });
    expect(await sizes()).to.deep.equal([201, 201]);
    expect((await queueAt(node, 'requested')).map(({ id }) => id)).to.include.members(before);
  });

  it('is what it was when everybody is matched anew', async () => {
    const ids = await visits(215);
    await settled(node);
    await visits(3, { ...li, phone: '10099998888', residentId: undefined });
    await correct(ids[9] ?? '', { ...li, address: undefined });
    expect(await sizes()).to.deep.equal([215, 3]);
    expect(await changedByFollowingAgain(node.store, true)).to.deep.equal([]);
  });

  it('has room for two thousand; what comes then makes one other Person, and is told', async () => {
    for (let part = 0; part < 4; part++) await visits(500);
    expect(await sizes()).to.deep.equal([2000]);
    await visits(1);
    await visits(205);
    expect(await sizes()).to.deep.equal([2000, 206]);
    expect((await node.mpi?.registration.progress())?.timesFull).to.be.greaterThan(0);
  });
});
