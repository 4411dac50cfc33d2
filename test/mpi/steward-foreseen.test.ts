import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { fhirRequest, type Json } from '../support/fhir-request.js';
import { expectAsTold, patientsByPerson, toldAt, toldIn } from '../support/foreseen-choices.js';
import { idOf, sendPatient, settled } from '../support/mpi-requests.js';
import { patient, residentId, type PatientSketch } from '../support/patients.js';
import { attemptMany, allAt, randomOf } from '../support/random-identities.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';
import { askSteward, parameterOf, queueAt } from '../support/steward-requests.js';
import { doubtful, li, wang, zhao } from '../support/steward-sketches.js';

async function taskAbout(node: TestNode, ...sketches: readonly PatientSketch[]): Promise<string> {
  for (const sketch of sketches) await sendPatient(node, patient(sketch));
  const [task = {}] = await queueAt(node, 'requested');
  return String(task['id']);
}

const numbered = (serial: string): PatientSketch => ({
  ...li,
  residentId: residentId('420602', '1985-03-12', serial),
});

describe('what $explain says a choice would do', () => {
  let node: TestNode;
  beforeEach(async () => (node = await startNode({ mpi: 'self' })));
  afterEach(() => node.close());

  it('is what $decide does of a possible link, choice by choice and back', async () => {
    const task = await taskAbout(node, ...doubtful);
    const before = await patientsByPerson(node);
    const link = await expectAsTold(node, task, 'link');
    expect(link.persons.map(({ patients }) => patients.length).sort()).to.deep.equal([0, 2]);
    expect(link.persons.find(({ into }) => into !== undefined)?.into).to.be.oneOf(Object.keys(before));
    expect(link.text).to.match(/并入 Person\/.*becomes part of Person\//);
    expect((await expectAsTold(node, task, 'keep-apart')).refused).to.match(/decided already/);
    expect((await expectAsTold(node, task, 'undo')).status).to.equal('requested');
    expect(await patientsByPerson(node)).to.deep.equal(before);
    for (const choice of ['keep-apart', 'undo', 'postpone', 'note', 'undo', 'undo']) {
      await expectAsTold(node, task, choice);
    }
  });

  it('tells the same of the pair as of its Task, and no choice of a pair that has none', async () => {
    const task = await taskAbout(node, ...doubtful);
    const other = await sendPatient(node, patient(zhao));
    await settled(node);
    const answer = await fhirRequest(`${node.base}/Task/${task}/$explain`);
    const [first, second] = ['first', 'second'].map((name) =>
      idOf(parameterOf(answer, name) ?? {}, 'valueReference'),
    );
    const pair = await fhirRequest(
      `${node.base}/Patient/${first ?? ''}/$explain?with=Patient/${second ?? ''}`,
    );
    expect(pair.text).to.equal(answer.text);
    const none = await fhirRequest(`${node.base}/Patient/${first ?? ''}/$explain?with=Patient/${other}`);
    expect(toldIn(none).size).to.equal(0);
    expect((await fhirRequest(`${node.base}/Task/none/$explain`)).status).to.equal(404);
  });

  it('joins two persons of two verified ids with all their records, over the rule, and parts them again', async () => {
    const task = await taskAbout(node, ...['984', '984', '986', '986'].map(numbered));
    const before = await patientsByPerson(node);
    expect(Object.values(before).map((patients) => patients.length)).to.deep.equal([2, 2]);
    const told = await expectAsTold(node, task, 'link');
    expect(told.text).to.include('another verified id');
    expect(Math.max(...told.persons.map(({ patients }) => patients.length))).to.equal(4);
    await expectAsTold(node, task, 'undo');
    expect(await patientsByPerson(node)).to.deep.equal(before);
  });

  it('honours what was decided before: a record that is kept apart leaves', async () => {
    const task = await taskAbout(node, ...doubtful);
    const [one = {}] = await queueAt(node, 'requested');
    const [first, second] = [idOf(one, 'for'), idOf(one, 'focus')];
    const third = await sendPatient(node, patient(wang));
    const persons = await patientsByPerson(node);
    const personOf = (id: string): string =>
      Object.keys(persons).find((person) => persons[person]?.includes(id)) ?? '';
    await askSteward(node, `Person/${personOf(third)}/$merge`, { into: personOf(second) });
    const item = [first, third].map((id, place) => ({
      type: place === 0 ? 'source' : 'alternate',
      resource: { reference: `Patient/${id}` },
    }));
    const extension = [
      {
        url: 'https://regional-hie.org/fhir/StructureDefinition/identity-decision',
        valueCode: 'non-link',
      },
    ];
    const body = { resourceType: 'Linkage', extension, active: true, item };
    expect((await fhirRequest(`${node.base}/Linkage`, { method: 'POST', body })).status).to.equal(201);
    await settled(node);
    const told = await expectAsTold(node, task, 'link');
    const sizes = told.persons.map(({ patients }) => patients.length);
    expect(sizes.sort()).to.deep.equal([0, 1, 2]);
    await expectAsTold(node, task, 'undo');
  });

  it('tells of an overlay how its two versions compare, and that no Person changes', async () => {
    const id = await sendPatient(node, patient(li));
    await settled(node);
    await fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: { ...patient(zhao), id } });
    const [task = {}] = await queueAt(node, 'requested');
    const path = String(task['id']);
    const answer = await fhirRequest(`${node.base}/Task/${path}/$explain`);
    const references = ['first', 'second'].map(
      (name) => (parameterOf(answer, name)?.['valueReference'] as Json)['reference'],
    );
    expect(references).to.deep.equal([`Patient/${id}/_history/1`, `Patient/${id}/_history/2`]);
    expect(answer.text).to.include('1985-03-12').and.to.include('1962-11-30');
    expect((await expectAsTold(node, path, 'keep')).text).to.include('no Person changes');
    await expectAsTold(node, path, 'undo');
  });

  it('is what $decide does, whatever hospitals and stewards have done before', async function () {
    this.timeout(300_000);
    await attemptMany(node, { seed: 4_711, attempts: 120 });
    await taskAbout(node, ...doubtful, ...['984', '984', '986', '988'].map(numbered));
    const random = randomOf(11);
    const codes = ['possible-link', 'conflict'].map(
      (code) => `https://regional-hie.org/fhir/CodeSystem/identity-review%7C${code}`,
    );
    const tasks = (await allAt(node, `Task?code=${codes.join(',')}&`)).map(({ id }) => id as string);
    const made: string[] = [];
    for (const task of tasks) {
      // Of a record that was deleted nothing is to be decided.
      if ((await fhirRequest(`${node.base}/Task/${task}/$explain`)).status === 404) continue;
      for (let turn = 0; turn < 3; turn++) {
        const told = [...(await toldAt(node, task))];
        const weighty = told.filter(
          ([choice, { refused }]) => refused === undefined && !['note', 'postpone'].includes(choice),
        );
        const links = turn === 0 ? weighty.find(([choice]) => choice === 'link') : undefined;
        const [choice] = links ?? weighty[Math.floor(random() * weighty.length)] ?? told[0] ?? ['link'];
        const { persons, refused } = await expectAsTold(node, task, choice);
        const moves = persons.some(({ into }) => into !== undefined) ? ' moves' : '';
        made.push(refused === undefined ? `${choice}${moves}` : 'refused');
      }
    }
    expect(made).to.include('link moves');
    expect(made.some((one) => one.startsWith('undo'))).to.equal(true);
  });
});

/** Parameters and parts that a definition does not have, by their path. */
function undeclared(given: readonly Json[], declared: readonly Json[], path = ''): string[] {
  return given.flatMap(({ name, part, ...value }) => {
    const found = declared.find((one) => one['name'] === name && one['use'] === 'out');
    const place = `${path}${String(name)}`;
    if (!found) return [place];
    const [kind] = Object.keys(value);
    const type = found['type'] as string | undefined;
    const wanted = type && `value${type.slice(0, 1).toUpperCase()}${type.slice(1)}`;
    return [
      ...(kind === wanted ? [] : [`${place}.${String(kind)}`]),
      ...undeclared((part ?? []) as Json[], (found['part'] ?? []) as Json[], `${place}.`),
    ];
  });
}

describe('what $explain says of a choice', () => {
  it('has the parameters that its definition declares', async () => {
    const node = await startNode({ mpi: 'self' });
    try {
      const task = await taskAbout(node, ...doubtful);
      await askSteward(node, `Task/${task}/$decide`, { choice: 'link' });
      const { json } = await fhirRequest(`${node.base}/Task/${task}/$explain`);
      const file = await readFile('fhir-profiles/operation-definitions/explain.json', 'utf8');
      const { parameter } = JSON.parse(file) as { readonly parameter: Json[] };
      expect(undeclared(json['parameter'] as Json[], parameter)).to.deep.equal([]);
      expect(parameterOf({ json }, 'decided')).to.not.equal(undefined);
      const { text } = await fhirRequest(`${node.base}/metadata`);
      expect(text).to.include('https://regional-hie.org/fhir/OperationDefinition/explain');
    } finally {
      await node.close();
    }
  });

  it('is for whoever may read Tasks, Patients and Persons', async () => {
    const client = makeClient({ id: 'desk', source: 'desk', scopes: ['system/*.cruds'] });
    const node = await startNode({ mpi: 'self', clients: [client.registration] });
    try {
      const ask = async (scope: string): Promise<number> => {
        const Authorization = `Bearer ${await signIn(node.origin, client, scope)}`;
        return (await fhirRequest(`${node.base}/Task/none/$explain`, { headers: { Authorization } })).status;
      };
      expect(await ask('system/Task.r system/Patient.r system/Person.r')).to.equal(404);
      for (const scope of [
        'system/Task.r system/Patient.r',
        'system/Task.r system/Person.r',
        'system/Patient.r system/Person.r',
      ]) {
        expect(await ask(scope)).to.equal(403);
      }
      const headersOf = async (scope: string) => ({
        Authorization: `Bearer ${await signIn(node.origin, client, scope)}`,
      });
      const ids: string[] = [];
      for (const sketch of doubtful) {
        const headers = await headersOf('system/Patient.c');
        const body = patient(sketch);
        const sent = await fhirRequest(`${node.base}/Patient`, { method: 'POST', headers, body });
        ids.push(sent.json['id'] as string);
      }
      await settled(node);
      const choicesFor = async (scope: string): Promise<number> => {
        const headers = await headersOf(scope);
        const url = `${node.base}/Patient/${ids[0] ?? ''}/$explain?with=Patient/${ids[1] ?? ''}`;
        const answer = await fhirRequest(url, { headers });
        expect(answer.status).to.equal(200);
        return toldIn(answer).size;
      };
      expect(await choicesFor('system/Patient.r')).to.equal(0);
      expect(await choicesFor('system/Patient.r system/Person.r system/Task.r')).to.equal(5);
    } finally {
      await node.close();
    }
  });

  it('is at a node below the domain that the domain decides', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rhie-foreseen-'));
    const logger = createLogger({ level: 'silent', node: 'county-a' });
    const store = openSqliteStore({ directory, readers: 1, clock: systemClock, nodeId: 'county-a', logger });
    await store.open();
    try {
      const before = await startNode({ mpi: 'self', store });
      const task = await taskAbout(before, ...doubtful);
      await before.close();
      const node = await startNode({ mpi: 'elsewhere', store });
      try {
        const told = await toldAt(node, task);
        expect(told.get('link')).to.deep.include({ deferred: true, persons: [] });
        expect(told.get('link')?.text).to.match(/由身份域决定 .*the identity domain decides/);
        expect(told.get('postpone')?.deferred).to.equal(false);
        expect((await askSteward(node, `Task/${task}/$decide`, { choice: 'link' })).status).to.equal(202);
      } finally {
        await node.close();
      }
    } finally {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
