import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { builtInModel, toLibrary } from '../../src/domain/mpi/index.js';
import type { Store } from '../../src/ports/store.js';
import { fhirRequest, issuesOf } from '../support/fhir-request.js';
import {
  modelsAt,
  modelsOfLinks,
  modelsUntil,
  operate,
  runJob,
  sendPopulation,
} from '../support/model-requests.js';
import { personsAt, type Linked } from '../support/mpi-requests.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('match models of a node', function () {
  this.timeout(120_000);
  let node: TestNode;
  let first = '';
  let second = '';
  before(async () => {
    node = await startNode({ mpi: 'self' });
    await sendPopulation(node, 'models', 600);
  });
  after(() => node.close());

  it('learns one of its own Patients in the background, and keeps it as a draft', async () => {
    const begun = await operate(node, '$train-match-model', { 'X-Request-ID': 'train-1' });
    const meanwhile = await operate(node, '$train-match-model');
    const repeated = await operate(node, '$train-match-model', { 'X-Request-ID': 'train-1' });
    expect([begun.status, meanwhile.status, repeated.status]).to.deep.equal([202, 409, 202]);
    expect(begun.headers.get('content-location')).to.equal('/api/identity/models');
    const { job, inUse } = await modelsUntil(node, (models) => models.job.state !== 'running');
    expect(job).to.include({ kind: 'train', state: 'done' });
    expect(job.measured).to.include({ records: 780, total: 780 });
    expect(inUse).to.deep.equal({ version: builtInModel.version, rematched: true });
    first = job.library ?? '';
    const { json } = await fhirRequest(`${node.base}/Library/${first}`);
    expect(json).to.include({ status: 'draft', version: job.version });
    expect(job.version).to.match(/^\d{4}-\d{2}-\d{2}\.1$/);
    expect(await auditOf(node.store, first)).to.deep.equal(['create']);
  });

  it('tells what a draft would change, and changes nothing', async () => {
    const job = await runJob(node, `${first}/$preview`);
    expect(job).to.include({ kind: 'preview', state: 'done', library: first });
    expect(job.measured).to.include({ records: 780, total: 780 });
    expect(job.change?.made.count).to.be.a('number');
    expect(job.change?.broken.count).to.be.below(50);
    expect((await modelsAt(node)).inUse.version).to.equal(builtInModel.version);
  });

  it('matches everybody anew by the model that is activated, and lets stand what a human decided', async () => {
    const pair = (await personsAt(node)).find(({ patients }) => patients.length === 2);
    const apart = await fhirRequest(`${node.base}/Person/${pair?.id ?? ''}/$unlink`, {
      method: 'POST',
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'patient', valueReference: { reference: `Patient/${pair?.patients[1] ?? ''}` } },
          { name: 'reason', valueString: 'brothers' },
        ],
      },
    });
    expect(apart.status).to.equal(200);
    const stale = await operate(node, `${first}/$activate`, { 'If-Match': 'W/"7"' });
    expect(stale.status).to.equal(412);
    const activated = await operate(node, `${first}/$activate`, {
      'If-Match': 'W/"1"',
      'X-Request-ID': 'activate-1',
    });
    expect(activated.status).to.equal(200);
    expect(activated.json).to.include({ id: first, status: 'active' });
    expect(activated.headers.get('etag')).to.equal('W/"2"');
    const { inUse } = await modelsUntil(node, (models) => models.inUse.rematched);
    expect(inUse.library).to.equal(first);
    const persons = await personsAt(node);
    expect(modelsIn(persons)).to.deep.equal([inUse.version]);
    expect(persons.flatMap(({ patients }) => patients).length).to.be.above(770);
    expect(personOf(persons, pair?.patients[0])).not.to.equal(personOf(persons, pair?.patients[1]));
    expect(await auditOf(node.store, first)).to.include('activate');
  });

  it('retires the former one, once a request, and matches anew when that comes back', async () => {
    second = (await runJob(node, '$train-match-model')).library ?? '';
    expect((await operate(node, `${second}/$activate`)).status).to.equal(200);
    const after = await fhirRequest(`${node.base}/Library/${first}`);
    expect(after.json).to.include({ status: 'retired' });
    const repeated = await operate(node, `${first}/$activate`, {
      'If-Match': 'W/"1"',
      'X-Request-ID': 'activate-1',
    });
    expect([repeated.status, repeated.headers.get('etag')]).to.deep.equal([200, 'W/"2"']);
    const { inUse } = await modelsUntil(node, (models) => models.inUse.rematched);
    expect(inUse.library).to.equal(second);
    expect((await operate(node, `${first}/$activate`)).status).to.equal(200);
    const back = await modelsUntil(node, (models) => models.inUse.rematched);
    expect(back.inUse.library).to.equal(first);
    expect(modelsIn(await personsAt(node))).to.deep.equal([back.inUse.version]);
    expect((await operate(node, `${first}/$activate`)).status).to.equal(200);
    expect((await modelsAt(node)).inUse).to.deep.equal(back.inUse);
  });

  it('leaves one model active where several are activated at once', async () => {
    const answers = await Promise.all(
      [first, second, first, second].map((id) => operate(node, `${id}/$activate`)),
    );
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200, 200]);
    const active = await fhirRequest(`${node.base}/Library?status=active&_total=accurate`);
    expect(active.json['total']).to.equal(1);
  });

  it('refuses what is no model with the reason, and what is not there', async () => {
    const library = toLibrary(builtInModel, { status: 'draft', date: '2026-11-24', description: 'broken' });
    const body = { ...library, version: 'another' };
    const { json } = await fhirRequest(`${node.base}/Library`, { method: 'POST', body });
    for (const operation of ['$activate', '$preview']) {
      const answer = await operate(node, `${json['id'] as string}/${operation}`);
      expect(answer.status).to.equal(422);
      expect(issuesOf(answer)[0]?.diagnostics).to.match(/another version than its model/);
      expect((await operate(node, `nobody/${operation}`)).status).to.equal(404);
    }
  });
});

describe('who decides by which model a node matches', function () {
  this.timeout(60_000);
  const library = toLibrary(
    { ...builtInModel, version: 'sent' },
    { status: 'draft', date: '2026-11-24', description: 'sent' },
  );

  it('is the identity domain only', async () => {
    const node = await startNode({ mpi: 'elsewhere' });
    try {
      const { json } = await fhirRequest(`${node.base}/Library`, { method: 'POST', body: library });
      expect((await operate(node, `${json['id'] as string}/$activate`)).status).to.equal(409);
    } finally {
      await node.close();
    }
  });

  it('is whoever may write Libraries, by the operation and not by what they call active', async () => {
    const client = makeClient({ id: 'lab', source: 'lab', scopes: ['system/*.cruds'] });
    const node = await startNode({ mpi: 'self', clients: [client.registration] });
    try {
      const bearer = async (scope: string) => ({
        Authorization: `Bearer ${await signIn(node.origin, client, scope)}`,
      });
      const reader = await bearer('system/*.rs');
      for (const path of ['$train-match-model', 'some/$preview', 'some/$activate'])
        expect((await operate(node, path, reader)).status).to.equal(403);
      const writer = await bearer('system/*.cruds');
      const sent = await fhirRequest(`${node.base}/Library`, {
        method: 'POST',
        headers: writer,
        body: { ...library, status: 'active' },
      });
      const id = sent.json['id'] as string;
      expect((await node.mpi?.models.status())?.inUse.version).to.equal(builtInModel.version);
      expect((await operate(node, `${id}/$activate`, writer)).status).to.equal(409);
      await fhirRequest(`${node.base}/Library/${id}`, {
        method: 'PUT',
        headers: writer,
        body: { ...library, id },
      });
      expect((await operate(node, `${id}/$activate`, writer)).status).to.equal(200);
      expect((await node.mpi?.models.status())?.inUse).to.include({ version: 'sent', library: id });
    } finally {
      await node.close();
    }
  });

  it('is told why nothing could be learnt', async () => {
    const node = await startNode({ mpi: 'self' });
    try {
      const job = await runJob(node, '$train-match-model');
      expect(job.state).to.equal('failed');
      expect(job.reason).to.match(/0 records are too few/);
    } finally {
      await node.close();
    }
  });
});

describe('a node that is stopped', function () {
  this.timeout(120_000);
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rhie-models-'));
    store = await openStore(directory);
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('while it matches anew goes on where it was, until every Patient is placed by the new model', async () => {
    const before = await startNode({ mpi: 'self', store });
    await sendPopulation(before, 'stopped', 900);
    const { library = '' } = await runJob(before, '$train-match-model');
    await operate(before, `${library}/$activate`);
    await modelsUntil(before, ({ rematching }) => (rematching?.settled ?? 0) > 0);
    await before.close();
    const reached = await store.cursor(`mpi-rematch/${library}/2`);
    expect(reached?.sequence).to.be.above(0);
    await store.close();

    store = await openStore(directory);
    const after = await startNode({ mpi: 'self', store });
    try {
      const begun = await modelsUntil(after, ({ rematching }) => rematching !== undefined);
      expect(begun.inUse).to.include({ library, rematched: false });
      expect(begun.rematching?.settled).to.be.above(reached?.sequence ?? 0);
      const { inUse } = await modelsUntil(after, (models) => models.inUse.rematched);
      const persons = await personsAt(after);
      expect(modelsIn(persons)).to.deep.equal([inUse.version]);
      const placed = persons.flatMap(({ patients }) => patients);
      const unmatchable = await store.unmatchable({ limit: 1000 });
      expect(new Set([...placed, ...unmatchable]).size).to.equal(1170);
      expect(placed.length + unmatchable.length).to.equal(1170);
    } finally {
      await after.close();
    }
  });

  it('while it learns keeps nothing of it', async () => {
    const node = await startNode({ mpi: 'self', store });
    await sendPopulation(node, 'ended', 600);
    expect((await operate(node, '$train-match-model')).status).to.equal(202);
    await node.close();
    expect((await node.mpi?.models.status())?.job).to.include({ state: 'failed', reason: 'the node stops' });
    expect((await store.countByType()).get('Library') ?? 0).to.equal(0);
  });
});

async function openStore(directory: string): Promise<Store> {
  const logger = createLogger({ level: 'silent', node: 'county-a' });
  const store = openSqliteStore({ directory, readers: 1, clock: systemClock, nodeId: 'county-a', logger });
  await store.open();
  return store;
}

const modelsIn = (persons: readonly Linked[]): string[] => [
  ...new Set(persons.flatMap(({ resource }) => modelsOfLinks(resource))),
];

const personOf = (persons: readonly Linked[], patient = ''): string | undefined =>
  persons.find(({ patients }) => patients.includes(patient))?.id;

async function auditOf(store: Store, library: string): Promise<string[]> {
  const rows = await store.readAudit({ limit: 1000 });
  return rows.filter(({ target }) => target === `Library/${library}`).map(({ action }) => action);
}
