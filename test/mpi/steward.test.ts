import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { FhirError } from '../../src/fhir/fhir-error.js';
import type { CommitUnit } from '../../src/ports/store.js';
import { fhirRequest, issuesOf, type Json } from '../support/fhir-request.js';
import { idOf, personsAt, sendPatient, settled, type Linked } from '../support/mpi-requests.js';
import { patient, residentId, type PatientSketch } from '../support/patients.js';
import { startNode, type TestNode } from '../support/start-node.js';
import { askSteward, bodyAt, parameterOf } from '../support/steward-requests.js';
import { li, wang, zhao } from '../support/steward-sketches.js';

describe('a steward', () => {
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  /** Sends records of each sketch; their Persons in the same order. */
  async function persons(...sketches: readonly PatientSketch[]): Promise<Linked[]> {
    const ids: string[] = [];
    for (const sketch of sketches) ids.push(await sendPatient(node, patient(sketch)));
    const found = await personsAt(node);
    return ids.map((id) => found.find(({ patients }) => patients.includes(id)) as Linked);
  }

  describe('$merge', () => {
    it('makes one Person of two, and the merged-away id leads to the other', async () => {
      const [one, , other] = await persons(li, li, zhao);
      const answer = await askSteward(node, `Person/${one?.id}/$merge`, {
        into: other?.id ?? '',
        reason: '核对',
      });
      expect(answer.status).to.equal(200);
      expect((parameterOf(answer, 'person')?.['resource'] as Json)['id']).to.equal(other?.id);
      const after = await personsAt(node);
      expect(after.map(({ id }) => id)).to.deep.equal([other?.id]);
      expect(after[0]?.patients).to.have.members([...(one?.patients ?? []), ...(other?.patients ?? [])]);
      const gone = await bodyAt(node, `Person/${one?.id}`);
      expect(gone['active']).to.equal(false);
      expect(idOf((gone['link'] as Json[])[0] as Json, 'target')).to.equal(other?.id);
    });

    it('writes down who decided, when and why', async () => {
      const [one, other] = await persons(li, zhao);
      const answer = await askSteward(node, `Person/${one?.id}/$merge`, {
        into: other?.id ?? '',
        reason: '核对',
      });
      const decision = (parameterOf(answer, 'decision')?.['valueReference'] as Json)['reference'] as string;
      const linkage = await bodyAt(node, decision);
      const values = (linkage['extension'] as Json[]).map(
        ({ valueCode, valueString, valueReference }) => valueCode ?? valueString ?? valueReference,
      );
      expect(values).to.deep.equal(['link', 'anonymous', '核对', { reference: `Person/${other?.id}` }]);
      const [row] = await node.store.readAudit({ action: 'merge', limit: 5 });
      expect(row).to.include({ target: `Person/${one?.id}`, status: 200 });
    });

    it('leaves nothing to change for what follows the log', async () => {
      const [one, other] = await persons(li, zhao);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await settled(node);
      expect((await versionsOf(one)) + (await versionsOf(other))).to.equal(4);
    });

    it('refuses itself, the unknown, the merged away and a circle, each with its reason', async () => {
      const [one, other, third] = await persons(li, zhao, wang);
      const ask = (id = '', into = '') => askSteward(node, `Person/${id}/$merge`, { into });
      expect((await ask(one?.id, one?.id)).status).to.equal(422);
      expect((await ask('nobody', one?.id)).status).to.equal(404);
      expect((await ask(one?.id, 'nobody')).status).to.equal(422);
      await ask(one?.id, other?.id);
      const again = await ask(one?.id, third?.id);
      expect([again.status, issuesOf(again)[0]?.diagnostics]).to.deep.equal([
        422,
        `Person/${one?.id} was merged into Person/${other?.id} already`,
      ]);
      const circle = await ask(other?.id, one?.id);
      expect(circle.status).to.equal(422);
      expect(issuesOf(circle)[0]?.diagnostics).to.contain('circle');
      expect((await ask(third?.id, one?.id)).status).to.equal(422);
    });

    it('answers 412 when If-Match is stale, and changes nothing', async () => {
      const [one, other] = await persons(li, zhao);
      const headers = { 'If-Match': 'W/"7"' };
      const answer = await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '', headers });
      expect(answer.status).to.equal(412);
      expect(await personsAt(node)).to.have.length(2);
      expect(await node.store.countByType()).to.not.include.keys('Linkage');
    });

    it('lets one of two merges win that go against each other', async () => {
      for (let round = 0; round < 10; round++) {
        const [one, other] = await persons(sketch(2 * round), sketch(2 * round + 1));
        const answers = await Promise.all([
          askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' }),
          askSteward(node, `Person/${other?.id}/$merge`, { into: one?.id ?? '' }),
        ]);
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 422]);
      }
      expect(await personsAt(node)).to.have.length(10);
    });

    it('does not decide twice when the request is repeated', async () => {
      const [one, other] = await persons(li, zhao);
      const headers = { 'X-Request-ID': 'merge-1' };
      const ask = (into = '') => askSteward(node, `Person/${one?.id}/$merge`, { into, headers });
      const [first, second] = [await ask(other?.id), await ask(other?.id)];
      expect(second.status).to.equal(200);
      expect(second.text).to.equal(first.text);
      expect((await node.store.countByType()).get('Linkage')).to.equal(1);
      expect((await ask(one?.id)).status).to.equal(422);
    });

    it('refuses a body that says something else, and tells the place', async () => {
      const [one] = await persons(li);
      const url = `${node.base}/Person/${one?.id}/$merge`;
      const ask = (parameter: unknown) =>
        fhirRequest(url, { method: 'POST', body: { resourceType: 'Parameters', parameter } });
      const wrong = await ask([{ name: 'into', valueReference: { reference: 'Patient/1' } }]);
      expect([wrong.status, issuesOf(wrong)[0]?.expression]).to.deep.equal([
        400,
        ['Parameters.parameter[0].valueReference.reference'],
      ]);
      const unknown = await ask([{ name: 'onto', valueString: 'x' }]);
      expect([unknown.status, issuesOf(unknown)[0]?.expression]).to.deep.equal([
        400,
        ['Parameters.parameter[0].name'],
      ]);
      expect((await ask(undefined)).status).to.equal(400);
    });

    it('stands when a source corrects a record', async () => {
      const [one, other] = await persons(li, zhao);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      const id = one?.patients[0] ?? '';
      const body = { ...patient({ ...li, phone: '10011112222' }), id };
      await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body });
      expect((await personsAt(node)).map(({ patients }) => patients.length)).to.deep.equal([2]);
    });

    it('lets others be served between the many records that it places', async () => {
      const found = await persons(...Array.from({ length: 60 }, (_, place) => (place % 2 === 0 ? li : zhao)));
      let longest = 0;
      const startedMs = performance.now();
      let lastMs = startedMs;
      const watching = setInterval(() => {
        longest = Math.max(longest, performance.now() - lastMs);
        lastMs = performance.now();
      }, 1);
      const answer = await askSteward(node, `Person/${found[0]?.id}/$merge`, { into: found[1]?.id ?? '' });
      clearInterval(watching);
      expect(answer.status).to.equal(200);
      expect(longest).to.be.below((performance.now() - startedMs) / 2);
    });

    it('loses no record that comes in while it decides', async () => {
      const [one, other] = await persons(li, zhao);
      const sent = Promise.all(
        Array.from({ length: 20 }, (_, serial) => sendPatient(node, patient(serial % 2 === 0 ? li : zhao))),
      );
      const answer = await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      expect(answer.status).to.equal(200);
      const ids = await sent;
      const after = await personsAt(node);
      expect(after.map(({ id }) => id)).to.deep.equal([other?.id]);
      expect(after[0]?.patients).to.include.members(ids);
      expect(after[0]?.patients).to.have.length(22);
    });
  });

  describe('$unmerge', () => {
    it('restores both Persons exactly as they were', async () => {
      const [one, , other] = await persons(li, li, zhao, zhao);
      const references = [`Person/${one?.id}`, `Person/${other?.id}`];
      const before = await Promise.all(references.map((reference) => bodyAt(node, reference)));
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      const answer = await askSteward(node, `Person/${one?.id}/$unmerge`, { reason: '误合并' });
      expect(answer.status).to.equal(200);
      await settled(node);
      expect(await Promise.all(references.map((reference) => bodyAt(node, reference)))).to.deep.equal(before);
      expect(await personsAt(node)).to.have.length(2);
    });

    it('takes one out of a chain of merges', async () => {
      const [one, other, third] = await persons(li, zhao, wang);
      const before = await bodyAt(node, `Person/${one?.id}`);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await askSteward(node, `Person/${other?.id}/$merge`, { into: third?.id ?? '' });
      expect((await askSteward(node, `Person/${one?.id}/$unmerge`)).status).to.equal(200);
      const after = await personsAt(node);
      expect(await bodyAt(node, `Person/${one?.id}`)).to.deep.equal(before);
      expect(after.map(({ id }) => id)).to.have.members([one?.id, third?.id]);
      expect((await node.mpi?.index.resolve(other?.id ?? ''))?.id).to.equal(third?.id);
    });

    it('restores the middle of a chain with what it had', async () => {
      const [one, other, third] = await persons(li, zhao, wang);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      const before = await bodyAt(node, `Person/${other?.id}`);
      await askSteward(node, `Person/${other?.id}/$merge`, { into: third?.id ?? '' });
      await askSteward(node, `Person/${other?.id}/$unmerge`);
      await settled(node);
      expect(await bodyAt(node, `Person/${other?.id}`)).to.deep.equal(before);
      expect((await node.mpi?.index.resolve(one?.id ?? ''))?.id).to.equal(other?.id);
    });

    it('parts what the matching had joined, and keeps it from joining again', async () => {
      const half = { ...li, phone: undefined, address: undefined, division: undefined };
      const [one, other] = await persons(half, { ...li, residentId: undefined, birthDate: undefined });
      await sendPatient(node, patient(li));
      const [joint] = await personsAt(node);
      const gone = joint?.id === one?.id ? other : one;
      const answer = await askSteward(node, `Person/${gone?.id}/$unmerge`);
      expect(answer.status).to.equal(200);
      await sendPatient(node, patient({ ...li, phone: '10011112222' }));
      const after = await personsAt(node);
      expect(after).to.have.length(2);
      expect(after.find(({ id }) => id === gone?.id)?.patients).to.include(gone?.patients[0]);
    });

    it('leaves out a record that was deleted since, and one that was moved', async () => {
      const [one, , , other] = await persons(li, li, li, zhao, wang);
      const [first = '', second = '', third = ''] = one?.patients ?? [];
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await fhirRequest(`${node.base}/Patient/${second}`, { method: 'DELETE' });
      await askSteward(node, `Person/${other?.id}/$unlink`, { patient: third });
      await askSteward(node, `Person/${one?.id}/$unmerge`);
      const after = await personsAt(node);
      expect(after.find(({ id }) => id === one?.id)?.patients).to.deep.equal([first]);
      expect(after.filter(({ patients }) => patients.includes(third))).to.have.length(1);
      expect(after.find(({ patients }) => patients.includes(third))?.id).to.not.equal(one?.id);
    });

    it('refuses what was never merged', async () => {
      const [one] = await persons(li);
      const answer = await askSteward(node, `Person/${one?.id}/$unmerge`);
      expect([answer.status, issuesOf(answer)[0]?.code]).to.deep.equal([422, 'business-rule']);
      expect((await askSteward(node, 'Person/nobody/$unmerge')).status).to.equal(404);
    });

    it('gives way to a merge that is decided again', async () => {
      const [one, other] = await persons(li, zhao);
      const merge = () => askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await merge();
      await askSteward(node, `Person/${one?.id}/$unmerge`);
      expect((await merge()).status).to.equal(200);
      expect((await personsAt(node)).map(({ id }) => id)).to.deep.equal([other?.id]);
    });
  });

  describe('$link and $unlink', () => {
    it('moves a record to the Person that it is said to be of', async () => {
      const [one, other] = await persons(li, zhao, zhao);
      const answer = await askSteward(node, `Person/${other?.id}/$link`, { patient: one?.patients[0] ?? '' });
      expect(answer.status).to.equal(200);
      const after = await personsAt(node);
      expect(after.map(({ id }) => id)).to.deep.equal([other?.id]);
      const links = (after[0]?.resource['link'] ?? []) as Json[];
      expect(links.map(({ assurance }) => assurance)).to.deep.equal(['level4', 'level4', 'level4']);
    });

    it('gives a record that says nothing to a Person', async () => {
      const blank = await sendPatient(node, patient({ name: '不详', birthDate: '1900-01-01' }));
      const [one] = await persons(li);
      await askSteward(node, `Person/${one?.id}/$link`, { patient: blank });
      expect((await personsAt(node))[0]?.patients).to.have.members([blank, ...(one?.patients ?? [])]);
    });

    it('answers 202 for a record that is not registered yet, and gives it to the Person when it is', async () => {
      const [one] = await persons(li);
      await node.mpi?.registration.stop();
      const late = await sendPatient(node, patient(zhao));
      const answer = await askSteward(node, `Person/${one?.id}/$link`, { patient: late });
      expect(answer.status).to.equal(202);
      const outcome = parameterOf(answer, 'outcome')?.['resource'] as Json;
      expect((outcome['issue'] as Json[])[0]).to.include({ severity: 'information' });
      expect((parameterOf(answer, 'person')?.['resource'] as Json)['link']).to.have.length(1);
      const restarted = await startNode({ mpi: 'self', store: node.store });
      const after = await personsAt(restarted);
      await restarted.close();
      expect(after.map(({ id }) => id)).to.deep.equal([one?.id]);
      expect(after[0]?.patients).to.have.members([late, ...(one?.patients ?? [])]);
    });

    it('takes a record out, and it does not come back by itself', async () => {
      const [one] = await persons(li, li);
      const [first = '', second = ''] = one?.patients ?? [];
      const answer = await askSteward(node, `Person/${one?.id}/$unlink`, { patient: first });
      expect(answer.status).to.equal(200);
      await fhirRequest(`${node.base}/Patient/${first}`, {
        method: 'PUT',
        body: { ...patient({ ...li, phone: '10011112222' }), id: first },
      });
      const after = await personsAt(node);
      expect(after).to.have.length(2);
      expect(after.find(({ id }) => id === one?.id)?.patients).to.deep.equal([second]);
    });

    it('leaves the Person to the records that stay, whichever of two is taken out', async () => {
      for (const [place, sketch] of [li, zhao].entries()) {
        const [one] = await persons(sketch, sketch);
        const taken = one?.patients[place] ?? '';
        await askSteward(node, `Person/${one?.id}/$unlink`, { patient: taken });
        const holder = (await personsAt(node)).find(({ patients }) => patients.includes(taken));
        expect(holder?.patients).to.deep.equal([taken]);
        expect(holder?.id).to.not.equal(one?.id);
      }
    });

    it('refuses a record that is not of the Person, and the only one', async () => {
      const [one, other] = await persons(li, zhao);
      const ask = (patientId = '') => askSteward(node, `Person/${one?.id}/$unlink`, { patient: patientId });
      expect((await ask(other?.patients[0])).status).to.equal(422);
      expect((await ask(one?.patients[0])).status).to.equal(422);
      const link = await askSteward(node, `Person/${one?.id}/$link`, { patient: 'nobody' });
      expect(link.status).to.equal(422);
    });

    it('lets the later decision on a pair stand', async () => {
      const [one] = await persons(li, li);
      const [first = ''] = one?.patients ?? [];
      await askSteward(node, `Person/${one?.id}/$unlink`, { patient: first });
      await askSteward(node, `Person/${one?.id}/$link`, { patient: first });
      expect((await personsAt(node)).map(({ patients }) => patients.length)).to.deep.equal([2]);
    });
  });

  const versionsOf = async (person: Linked | undefined): Promise<number> =>
    (await fhirRequest(`${node.base}/Person/${person?.id}/_history`)).json['total'] as number;
});

describe('a steward whose commit fails', () => {
  it('has changed nothing', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rhie-steward-'));
    const clock = { now: () => Date.now() };
    const logger = createLogger({ level: 'silent', node: 'county-a' });
    const store = openSqliteStore({ directory, readers: 1, clock, nodeId: 'county-a', logger });
    await store.open();
    let fails = false;
    const isDecision = ({ changes }: CommitUnit): boolean =>
      changes.some((change) => change.kind === 'audit' && change.event.action === 'merge');
    const node = await startNode({
      mpi: 'self',
      store: {
        ...store,
        commit: (unit) =>
          fails && isDecision(unit)
            ? Promise.reject(new FhirError('busy', [], { retryAfterSeconds: 1 }))
            : store.commit(unit),
      },
    });
    try {
      const ids = [await sendPatient(node, patient(li)), await sendPatient(node, patient(zhao))];
      const before = await personsAt(node);
      const [one, other] = ids.map((id) => before.find(({ patients }) => patients.includes(id))?.id ?? '');
      const merge = () => askSteward(node, `Person/${one ?? ''}/$merge`, { into: other ?? '' });
      fails = true;
      expect((await merge()).status).to.equal(503);
      expect(await personsAt(node)).to.deep.equal(before);
      expect((await store.countByType()).has('Linkage')).to.equal(false);
      fails = false;
      expect((await merge()).status).to.equal(200);
      expect(await personsAt(node)).to.have.length(1);
    } finally {
      await node.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});

/** Nobody is like anybody else. */
function sketch(serial: number): PatientSketch {
  const birthDate = `19${String(50 + serial)}-0${String(1 + (serial % 9))}-1${String(serial % 10)}`;
  return {
    name: `周${String.fromCodePoint(0x4e00 + 7 * serial)}`,
    birthDate,
    gender: 'male',
    residentId: residentId('420602', birthDate, String(100 + serial)),
    phone: `100${String(serial).padStart(8, '0')}`,
  };
}
