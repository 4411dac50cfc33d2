import { createHash, randomUUID } from 'node:crypto';

import { expect } from 'chai';

import { writeReplicateBundle, type ReplicateEntry } from '../../src/fhir/bundle/replicate-bundle.js';
import { laneOf, type Lane } from '../../src/fhir/lane.js';
import { readReceipt } from '../../src/fhir/replicate-receipt.js';
import { formatPosition } from '../../src/fhir/stream-position.js';
import type { Position } from '../../src/ports/store.js';
import { removeDirectories, startExchangeNode, type ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest, issuesOf, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { observation, patient } from '../support/records.js';
import { held, put, versionsHeld } from '../support/region.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

interface EntryFacts {
  readonly resource?: Json;
  readonly id: string;
  readonly type?: string;
  readonly versionId?: number;
  readonly owner?: string;
  readonly deleted?: boolean;
}

/** A version as its owner would send it. */
function entryOf(facts: EntryFacts): ReplicateEntry {
  const { id, type = 'Observation', versionId = 1, owner = 'county', deleted = false } = facts;
  const lastUpdated = `2026-03-01T00:00:0${String(versionId)}.000Z`;
  const { resourceType: _type, ...rest } = facts.resource ?? observation();
  const meta = { versionId: String(versionId), lastUpdated };
  const body = deleted ? '' : JSON.stringify({ resourceType: type, id, meta, ...rest });
  const hash = sha256(deleted ? `${type}/${id}/${String(versionId)}/${lastUpdated}` : body);
  return { key: { type, id }, versionId, lastUpdated, deleted, body, hash, owner, source: 'hospital' };
}

const position = (sequence: number): Position => ({
  incarnation: 'inc',
  sequence,
  hash: sha256(String(sequence)),
});

describe('$replicate', () => {
  let city: ExchangeNode;

  beforeEach(async () => {
    const nowhere = 'http://127.0.0.1:9';
    city = await startExchangeNode({
      id: 'city',
      parent: { id: 'province', url: nowhere },
      children: [{ id: 'county', url: nowhere, owners: ['county', 'township'] }],
      timeoutMs: 200,
    });
  });
  afterEach(async () => {
    await city.stop();
    await removeDirectories();
  });

  interface Sending {
    readonly as?: string;
    readonly lane?: Lane;
    readonly from?: Position;
    readonly to?: Position;
  }

  function send(entries: readonly ReplicateEntry[], sending: Sending = {}): Promise<FhirAnswer> {
    const { as = 'county', lane = 'clinical', ...positions } = sending;
    return fhirRequest(`${city.origin}/fhir/$replicate?lane=${lane}&complete=false`, {
      method: 'POST',
      headers: { 'X-Node-ID': as },
      body: writeReplicateBundle({ lane, entries, ...positions }),
    });
  }

  const exceptionsIn = (answer: FhirAnswer): string[] =>
    (readReceipt(answer.json) ?? []).map(({ kind, reason }) => `${kind}: ${reason}`);

  it('keeps records and position in one commit and answers the position', async () => {
    const answer = await send([entryOf({ id: 'a' }), entryOf({ id: 'b' })], { to: position(9) });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('x-stream-position')).to.equal(formatPosition(position(9)));
    expect((await held(city, 'Observation/b'))?.origin).to.deep.equal({
      owner: 'county',
      source: 'hospital',
      receivedFrom: 'county',
      lane: 'clinical',
    });
  });

  it('answers 409 with its position when the batch begins elsewhere, and takes nothing', async () => {
    await send([], { to: position(9) });
    const answer = await send([entryOf({ id: 'a' })], { from: position(5), to: position(12) });
    expect(answer.status).to.equal(409);
    expect(issuesOf(answer)[0]?.code).to.equal('conflict');
    expect(answer.headers.get('x-stream-position')).to.equal(formatPosition(position(9)));
    expect(await held(city, 'Observation/a')).to.equal(undefined);
  });

  it('answers a repeated batch with the same position and exceptions, without effect', async () => {
    const entries = [entryOf({ id: 'a' }), entryOf({ id: 'b', owner: 'stranger' })];
    const first = await send(entries, { to: position(2) });
    const again = await send(entries, { to: position(2) });
    expect(again.status).to.equal(200);
    expect(again.headers.get('x-stream-position')).to.equal(first.headers.get('x-stream-position'));
    expect(exceptionsIn(again)).to.deep.equal(exceptionsIn(first)).and.have.length(1);
    expect(await versionsHeld(city, 'Observation/a')).to.have.length(1);
    expect((await city.store.counts({ series: 'refused' })).map(({ n }) => n)).to.deep.equal([1]);
  });

  it('lets exactly one of parallel batches with the same beginning pass', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => send([entryOf({ id: `x-${String(n)}` })], { to: position(n + 1) })),
    );
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
    expect(answers.filter(({ status }) => status === 409)).to.have.length(7);
    expect((await city.store.countByType()).get('Observation')).to.equal(1);
  });

  it('refuses what owners outside of the child’s subtree own, and takes the rest', async () => {
    const answer = await send(
      [
        entryOf({ id: 'own' }),
        entryOf({ id: 'below', owner: 'township' }),
        entryOf({ id: 'foreign', owner: 'county-b' }),
      ],
      { to: position(3) },
    );
    expect(exceptionsIn(answer)).to.deep.equal(['refused: owner county-b is not in the subtree of county']);
    expect(await held(city, 'Observation/below')).to.not.equal(undefined);
    expect(await held(city, 'Observation/foreign')).to.equal(undefined);
    const [row] = await city.store.exceptions({ stream: 'from:county', limit: 10 });
    expect(row).to.deep.include({ key: { type: 'Observation', id: 'foreign' }, kind: 'refused' });
  });

  it('refuses this node’s own records from a child', async () => {
    const answer = await send([entryOf({ id: 'mine', owner: 'city' })], { to: position(1) });
    expect(exceptionsIn(answer)).to.deep.equal(['refused: owner city is not in the subtree of county']);
  });

  it('takes from the parent the directory alone', async () => {
    const organization = { resourceType: 'Organization', name: 'A' };
    const entries = [
      entryOf({ id: 'org', type: 'Organization', resource: organization, owner: 'province' }),
      entryOf({ id: 'p', type: 'Patient', resource: patient(), owner: 'province' }),
      entryOf({ id: 'org-2', type: 'Organization', resource: organization, owner: 'county' }),
    ];
    const answer = await send(entries, { as: 'province', lane: laneOf('Patient'), to: position(3) });
    expect(exceptionsIn(answer)).to.deep.equal([
      'refused: Patient does not come from above',
      'refused: owner county is below province',
    ]);
    expect(await held(city, 'Organization/org')).to.not.equal(undefined);
  });

  it('refuses an entry whose text is not what its hash says', async () => {
    const entry = { ...entryOf({ id: 'a' }), hash: sha256('another') };
    const answer = await send([entry], { to: position(1) });
    expect(exceptionsIn(answer)).to.have.length(1);
    expect(await held(city, 'Observation/a')).to.equal(undefined);
  });

  it('refuses an entry of another lane, so that versions stay in order', async () => {
    const answer = await send([entryOf({ id: 'p', type: 'Patient', resource: patient() })], {
      to: position(1),
    });
    expect(exceptionsIn(answer)[0]).to.contain('lane');
  });

  it('keeps and flags a version that is invalid here', async () => {
    const resource = { resourceType: 'Observation', status: 'no-such-status', code: { text: 'x' } };
    const answer = await send([entryOf({ id: 'bad', resource })], { to: position(1) });
    expect(exceptionsIn(answer)).to.deep.equal([]);
    expect(await held(city, 'Observation/bad')).to.not.equal(undefined);
    const [row] = await city.store.exceptions({ kind: 'invalid', limit: 10 });
    expect(row?.key.id).to.equal('bad');
    expect(row?.reason).to.contain('Observation.status');
  });

  it('keeps a fork apart, with its body and what follows it, and names it', async () => {
    await send([entryOf({ id: 'f' })], { to: position(1) });
    const other = entryOf({ id: 'f', resource: observation({ status: 'amended' }) });
    const answer = await send([other], { from: position(1), to: position(2) });
    expect(exceptionsIn(answer)[0]).to.contain('fork');
    expect((await held(city, 'Observation/f'))?.body).to.contain('final');
    const [row] = await city.store.exceptions({ kind: 'fork', limit: 10 });
    expect(row).to.include({ body: other.body, hash: other.hash, stream: 'from:county' });
    const later = entryOf({ id: 'f', versionId: 2, resource: observation({ status: 'cancelled' }) });
    await send([later], { from: position(2), to: position(3) });
    expect((await held(city, 'Observation/f'))?.versionId).to.equal(2);
  });

  it('notes versions that are missing before a later one, and clears them when they come', async () => {
    await send([entryOf({ id: 'g', versionId: 3 })], { to: position(1) });
    const gaps = async (): Promise<number[]> =>
      (await city.store.exceptions({ kind: 'gap', limit: 10 })).map(({ versionId }) => versionId).sort();
    expect(await gaps()).to.deep.equal([1, 2]);
    await send([entryOf({ id: 'g', versionId: 1 })], { from: position(1), to: position(2) });
    expect(await gaps()).to.deep.equal([2]);
    await send([entryOf({ id: 'g', versionId: 2 })]);
    expect(await gaps()).to.deep.equal([]);
    expect((await held(city, 'Observation/g'))?.versionId).to.equal(3);
    expect(await versionsHeld(city, 'Observation/g')).to.have.length(3);
  });

  it('copies the routing of the version before to a delete', async () => {
    const label = { system: 'urn:test:label', code: 'secret' };
    const first = entryOf({ id: 'd' });
    const body = first.body.replace('"meta":{', `"meta":{"security":[${JSON.stringify(label)}],`);
    await send([{ ...first, body, hash: sha256(body) }, entryOf({ id: 'd', versionId: 2, deleted: true })], {
      to: position(1),
    });
    expect((await held(city, 'Observation/d'))?.routing.labels).to.deep.equal(['urn:test:label|secret']);
  });

  it('moves no position with a batch that names none', async () => {
    const answer = await send([entryOf({ id: 'a' })]);
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('x-stream-position')).to.equal('none');
    expect(await held(city, 'Observation/a')).to.not.equal(undefined);
  });

  for (const [name, body] of [
    ['no JSON', '{"resourceType":'],
    ['another Bundle', { resourceType: 'Bundle', type: 'transaction' }],
    ['a Bundle of another lane', writeReplicateBundle({ lane: 'bulk', to: position(1), entries: [] })],
  ] as const) {
    it(`answers 400 to ${name}`, async () => {
      const answer = await fhirRequest(`${city.origin}/fhir/$replicate?lane=clinical`, {
        method: 'POST',
        headers: { 'X-Node-ID': 'county' },
        body,
      });
      expect(answer.status).to.equal(400);
      expect(issuesOf(answer)).to.have.length.greaterThan(0);
    });
  }

  it('answers 400 without a lane', async () => {
    const body = writeReplicateBundle({ lane: 'bulk', entries: [] });
    const answer = await fhirRequest(`${city.origin}/fhir/$replicate`, {
      method: 'POST',
      headers: { 'X-Node-ID': 'county' },
      body,
    });
    expect(answer.status).to.equal(400);
  });

  it('answers 403 to whoever is no neighbour', async () => {
    expect((await send([entryOf({ id: 'a' })], { as: randomUUID() })).status).to.equal(403);
    const body = writeReplicateBundle({ lane: 'bulk', entries: [] });
    const nobody = await fhirRequest(`${city.origin}/fhir/$replicate?lane=bulk`, { method: 'POST', body });
    expect(nobody.status).to.equal(403);
  });

  it('lists exceptions by stream and kind, page by page', async () => {
    await put(city, patient({ id: 'own' }));
    await send(
      Array.from({ length: 5 }, (_, n) => entryOf({ id: `r-${String(n)}`, owner: 'stranger' })),
      { to: position(1) },
    );
    const page = async (query: string): Promise<Json> =>
      (await fhirRequest(`${city.origin}/api/exceptions?${query}`)).json;
    const first = await page('stream=from:county&kind=refused&limit=3');
    expect(first['exceptions']).to.have.length(3);
    expect(first['nextOffset']).to.equal(3);
    const second = await page('stream=from:county&kind=refused&limit=3&offset=3');
    expect(second['exceptions']).to.have.length(2);
    expect(second).to.not.have.property('nextOffset');
    expect((await page('kind=fork'))['exceptions']).to.deep.equal([]);
    expect((await fhirRequest(`${city.origin}/api/exceptions?kind=none`)).status).to.equal(400);
  });
});
