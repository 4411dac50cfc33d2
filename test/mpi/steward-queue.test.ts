import { expect } from 'chai';

import { entriesOf, fhirRequest, linkOf, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { changedByFollowingAgain } from '../support/identity-invariants.js';
import { idOf, personsAt, sendPatient, settled, type Linked } from '../support/mpi-requests.js';
import { patient, type PatientSketch } from '../support/patients.js';
import { startNode, type TestNode } from '../support/start-node.js';
import { askSteward, bodyAt, parameterOf, queueAt } from '../support/steward-requests.js';
import { doubtful, li, zhao } from '../support/steward-sketches.js';

describe('the steward’s queue', () => {
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

  describe('$decide', () => {
    async function question(): Promise<{ readonly task: Json; readonly path: string }> {
      for (const sketch of doubtful) await sendPatient(node, patient(sketch));
      const [task = {}] = await queueAt(node, 'requested');
      return { task, path: `Task/${String(task['id'])}/$decide` };
    }

    it('links the two records of a Task and closes it', async () => {
      const { path } = await question();
      const answer = await askSteward(node, path, { choice: 'link', note: '电话核实' });
      expect(answer.status).to.equal(200);
      const task = parameterOf(answer, 'task')?.['resource'] as Json;
      expect(task['status']).to.equal('completed');
      expect((task['note'] as Json[])[0]).to.include({ text: '电话核实' });
      expect((await personsAt(node)).map(({ patients }) => patients.length)).to.deep.equal([2]);
      const { meta: _, ...rest } = task;
      expect(await bodyAt(node, `Task/${String(task['id'])}`)).to.deep.equal(rest);
    });

    it('keeps them apart, and asks no more', async () => {
      const { path, task } = await question();
      await askSteward(node, path, { choice: 'keep-apart' });
      const second = idOf(task, 'focus');
      const body = { ...patient({ ...doubtful[1], address: li.address, gender: 'female' }), id: second };
      await fhirRequest(`${node.base}/Patient/${second}`, { method: 'PUT', body });
      expect(await queueAt(node, 'requested')).to.have.length(0);
      expect(await personsAt(node)).to.have.length(2);
    });

    it('undoes a decision: the question is open again and the Persons are what they were', async () => {
      const { path } = await question();
      const before = await personsAt(node);
      await askSteward(node, path, { choice: 'link' });
      const answer = await askSteward(node, path, { choice: 'undo', note: '点错了' });
      expect(answer.status).to.equal(200);
      expect(await queueAt(node, 'requested')).to.have.length(1);
      const after = await personsAt(node);
      expect(after.map(({ id, patients }) => [id, patients])).to.have.deep.members(
        before.map(({ id, patients }) => [id, patients]),
      );
    });

    it('postpones, notes and takes up again', async () => {
      const { path } = await question();
      await askSteward(node, path, { choice: 'postpone', note: '等回电' });
      const [held] = await queueAt(node, 'on-hold');
      await askSteward(node, path, { choice: 'note', note: '无人接听' });
      await askSteward(node, path, { choice: 'undo' });
      const [open] = await queueAt(node, 'requested');
      expect(held).to.not.equal(undefined);
      expect((open?.['note'] as Json[]).map(({ text }) => text)).to.deep.equal(['等回电', '无人接听']);
    });

    it('refuses what can’t be decided', async () => {
      const { path } = await question();
      expect((await askSteward(node, path, { choice: 'keep' })).status).to.equal(422);
      expect((await askSteward(node, path, { choice: 'note' })).status).to.equal(400);
      expect((await askSteward(node, path, { choice: 'guess' })).status).to.equal(400);
      expect((await askSteward(node, path, { choice: 'undo' })).status).to.equal(422);
      expect((await askSteward(node, 'Task/nothing/$decide', { choice: 'link' })).status).to.equal(404);
      await askSteward(node, path, { choice: 'link' });
      expect((await askSteward(node, path, { choice: 'keep-apart' })).status).to.equal(422);
    });

    it('lets one of two stewards win', async () => {
      const { path } = await question();
      const answers = await Promise.all([
        askSteward(node, path, { choice: 'link' }),
        askSteward(node, path, { choice: 'keep-apart' }),
      ]);
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 422]);
    });

    it('asks whether a record was written over when nothing of it is left', async () => {
      const id = await sendPatient(node, patient(li));
      await settled(node);
      await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: { ...patient(zhao), id } });
      const [task = {}] = await queueAt(node, 'requested');
      expect(((task['code'] as Json)['coding'] as Json[])[0]?.['code']).to.equal('overlay');
      expect([idOf(task, 'for'), idOf(task, 'focus')]).to.deep.equal([id, id]);
      const answer = await askSteward(node, `Task/${String(task['id'])}/$decide`, { choice: 'keep' });
      expect(answer.status).to.equal(200);
      expect(await queueAt(node, 'requested')).to.have.length(0);
    });

    it('takes a correction for a correction', async () => {
      const id = await sendPatient(node, patient(li));
      await settled(node);
      const body = { ...patient({ ...li, birthDate: '1985-12-03', residentId: undefined }), id };
      await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body });
      expect(await queueAt(node, 'requested')).to.have.length(0);
    });
  });

  describe('a Task', () => {
    it('tells field by field why, as $explain does, and no value of either record', async () => {
      for (const sketch of doubtful) await sendPatient(node, patient(sketch));
      const [task = {}] = await queueAt(node, 'requested');
      const told = reasonsOf(task);
      const [first, second] = [idOf(task, 'for'), idOf(task, 'focus')];
      const answer = await fhirRequest(`${node.base}/Patient/${first}/$explain?with=Patient/${second}`);
      const explained = fieldsOf(answer).filter(({ agreement }) => agreement !== 'absent');
      expect(told.map(({ field }) => field)).to.deep.equal(explained.map(({ name }) => name));
      expect(told.map(({ field }) => field)).to.include.members(['given', 'surname', 'birthDate']);
      for (const [place, { level, weight }] of told.entries()) {
        expect(level).to.equal(String(explained[place]?.['level']).replaceAll(',', '').replaceAll(' ', '-'));
        expect(weight).to.be.closeTo(Number(explained[place]?.['weight']), 0.0501);
      }
      const text = JSON.stringify(task);
      for (const value of ['晓', '李', '1985', '檀溪']) expect(text).to.not.include(value);
    });

    it('gets no new version when everybody is matched again', async () => {
      for (const sketch of doubtful) await sendPatient(node, patient(sketch));
      expect(await queueAt(node, 'requested')).to.have.length(1);
      expect(await changedByFollowingAgain(node.store, true)).to.deep.equal([]);
    });
  });

  describe('what is shown', () => {
    it('explains a pair field by field, and what was decided of it', async () => {
      const [one, other] = await persons(li, zhao);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      const [first = '', second = ''] = [one?.patients[0], other?.patients[0]];
      const answer = await fhirRequest(`${node.base}/Patient/${first}/$explain?with=Patient/${second}`);
      expect(answer.status).to.equal(200);
      const parts = fieldsOf(answer);
      expect(parts.find(({ name }) => name === 'birthDate')).to.include({
        first: '1985-03-12',
        second: '1962-11-30',
        agreement: 'disagree',
      });
      const sum = parts.reduce((total, { weight }) => total + Number(weight), 0);
      const value = (name: string): number => Number(parameterOf(answer, name)?.['valueDecimal']);
      expect(value('priorWeight') + sum + value('relativesWeight')).to.be.closeTo(value('weight'), 0.01);
      expect(((parameterOf(answer, 'decided')?.['part'] ?? []) as Json[])[1]).to.include({
        valueCode: 'link',
      });
      const same = await fhirRequest(`${node.base}/Person/$explain?first=${first}&second=${second}`);
      expect(same.text).to.equal(answer.text);
      expect((await fhirRequest(`${node.base}/Patient/${first}/$explain?with=nobody`)).status).to.equal(404);
      expect((await fhirRequest(`${node.base}/Patient/${first}/$explain`)).status).to.equal(400);
    });

    it('tells the history of a Person, page by page, the newest first', async () => {
      const [one, other] = await persons(li, zhao);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await askSteward(node, `Person/${one?.id}/$unmerge`);
      await settled(node);
      const seen: string[] = [];
      let url: string | undefined = `${node.base}/Person/${one?.id}/$decisions?_count=2`;
      for (; url !== undefined;) {
        const answer = await fhirRequest(url);
        expect(answer.json['total']).to.equal(5);
        seen.push(...entriesOf(answer).map(({ resource }) => resource?.['resourceType'] as string));
        url = linkOf(answer, 'next');
      }
      expect(seen).to.deep.equal(['Person', 'Linkage', 'Person', 'Linkage', 'Person']);
    });

    it('exports what humans decided of pairs, without a name', async () => {
      const [one, , other] = await persons(li, li, zhao);
      await askSteward(node, `Person/${one?.id}/$merge`, { into: other?.id ?? '' });
      await askSteward(node, `Person/${one?.id}/$unmerge`);
      await askSteward(node, `Person/${one?.id}/$unlink`, { patient: one?.patients[0] ?? '' });
      const text = await (await fetch(`${node.origin}/api/identity/labels`)).text();
      const labels = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Json);
      expect(labels.map(({ label }) => label)).to.deep.equal(['non-link', 'non-link', 'non-link']);
      expect(labels[0]?.['levels']).to.have.property('birthDate');
      expect(text).to.not.match(/[一-龥]/);
    });
  });
});

/** The fields of an explanation, each with its parts by name. */
const fieldsOf = ({ json }: FhirAnswer): Record<string, unknown>[] =>
  ((json['parameter'] ?? []) as Json[])
    .filter(({ name }) => name === 'field')
    .map(({ part }) =>
      Object.fromEntries(
        (part as Json[]).map((one) => [
          one['name'] as string,
          one['valueCode'] ?? one['valueString'] ?? one['valueDecimal'],
        ]),
      ),
    );

/** What a Task tells of the fields of its records. */
const reasonsOf = (task: Json): { field: unknown; level: unknown; weight: unknown }[] =>
  ((task['input'] ?? []) as Json[]).flatMap(({ type, valueCodeableConcept, extension }) => {
    const codeOf = (concept: unknown): unknown => ((concept as Json)['coding'] as Json[])[0]?.['code'];
    return extension === undefined
      ? []
      : [
          {
            field: codeOf(type),
            level: codeOf(valueCodeableConcept),
            weight: (extension as Json[])[0]?.['valueDecimal'],
          },
        ];
  });
