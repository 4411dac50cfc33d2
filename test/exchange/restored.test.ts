import { cp } from 'node:fs/promises';

import { expect } from 'chai';

import { formatReport } from '../../src/cli/reconcile.js';
import { newDirectory, type ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';
import { observation } from '../support/records.js';
import {
  eventually,
  held,
  openRegion,
  put,
  sameParts,
  versionsHeld,
  type Region,
} from '../support/region.js';

describe('a store restored from a file copy', () => {
  let region: Region;
  let county: ExchangeNode;
  let city: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([['county', 'city']]);
    city = await region.start({ id: 'city', children: ['county'] });
    county = await region.start({ id: 'county', parent: 'city' });
  });
  afterEach(() => region.close());

  const write = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n += 1) await put(county, observation({ id: `o-${String(n)}` }));
  };

  const restartCounty = async (
    directory: string,
    more: { acceptLoss?: boolean; holdMs?: number } = {},
  ): Promise<void> => {
    county = await region.start({ id: 'county', parent: 'city', directory, ...more });
  };

  /** The county's data as they are now, copied file by file while it stands still; the county runs on. */
  async function copyCounty(): Promise<string> {
    await region.caughtUp();
    await county.stop();
    const copy = await newDirectory();
    await cp(county.directory, copy, { recursive: true });
    await restartCounty(county.directory);
    return copy;
  }

  const isNormal = async (): Promise<boolean> => (await county.store.status()).state === 'normal';

  it('pulls back from the peer what it lost, and then takes writes again', async () => {
    await write(0, 10);
    const copy = await copyCounty();
    await write(10, 20);
    await put(county, observation({ id: 'o-3', status: 'amended' }));
    await region.caughtUp();
    const { incarnation } = await county.store.status();
    const lost = (await versionsHeld(county, 'Observation/o-3')).map(sameParts);
    await county.stop();
    await restartCounty(copy);
    await eventually(async () => (await county.store.status()).incarnation !== incarnation);
    await eventually(isNormal);
    expect((await versionsHeld(county, 'Observation/o-3')).map(sameParts)).to.deep.equal(lost);
    expect((await county.store.countByType()).get('Observation')).to.equal(20);
    await write(20, 22);
    await region.caughtUp();
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
    expect((await city.store.countByType()).get('Observation')).to.equal(22);
    expect(await city.store.exceptions({ limit: 10 })).to.deep.equal([]);
  });

  it('takes no client’s write (503) before that', async () => {
    await write(0, 3);
    const copy = await copyCounty();
    await write(3, 6);
    await region.caughtUp();
    await county.stop();
    region.link('county', 'city').fault = (path) => (path.includes('view=held') ? 'error-500' : 'none');
    await restartCounty(copy);
    await eventually(async () => (await county.store.status()).state === 'restored');
    const answer = await put(county, observation({ id: 'new' }));
    expect(answer.status).to.equal(503);
    expect(answer.headers.get('retry-after')).to.match(/^\d+$/);
    region.link('county', 'city').fault = () => 'none';
    await eventually(isNormal);
    expect((await put(county, observation({ id: 'new' }))).status).to.equal(201);
  });

  it('is recognised though it has written on since; forks are named at both ends until it writes above them', async () => {
    await write(0, 3);
    const copy = await copyCounty();
    for (const status of ['amended', 'corrected', 'preliminary']) {
      await put(county, observation({ id: 'o-1', status }));
    }
    for (const status of ['amended', 'corrected']) await put(county, observation({ id: 'o-2', status }));
    await write(3, 5);
    await region.caughtUp();
    await county.stop();
    region.link('county', 'city').fault = () => 'down';
    await restartCounty(copy, { holdMs: 0 });
    await eventually(() => !county.exchange.holdsWrites());
    await put(county, observation({ id: 'o-1', status: 'cancelled' }));
    await put(county, observation({ id: 'o-1', status: 'unknown' }));
    await put(county, observation({ id: 'o-2', status: 'cancelled' }));
    for (const id of ['x-1', 'x-2', 'x-3']) await put(county, observation({ id }));
    region.link('county', 'city').fault = () => 'none';
    await eventually(async () => (await city.store.countByType()).get('Observation') === 8);
    await eventually(isNormal);
    await region.caughtUp();
    expect((await held(county, 'Observation/o-4'))?.versionId).to.equal(1);
    expect(await keptApart(county)).to.deep.equal(['2 amended', '3 corrected', '4 preliminary']);
    expect(await keptApart(city)).to.deep.equal(['2 cancelled', '3 unknown']);
    expect((await held(county, 'Observation/o-1'))?.body).to.contain('unknown');
    expect((await held(city, 'Observation/o-1'))?.body).to.contain('preliminary');
    const open = await county.exchange.reconcile({ repair: true });
    expect(open.equal).to.equal(false);
    await put(county, observation({ id: 'o-1', status: 'entered-in-error' }));
    await fhirRequest(`${county.origin}/fhir/Observation?_id=o-2`, {
      method: 'PUT',
      body: observation({ id: 'o-2', status: 'entered-in-error' }),
    });
    await region.caughtUp();
    expect((await held(city, 'Observation/o-2'))?.versionId).to.equal(4);
    const current = await held(county, 'Observation/o-1');
    expect(current?.versionId).to.equal(5);
    expect((await held(city, 'Observation/o-1'))?.hash).to.equal(current?.hash);
    for (const node of [county, city]) {
      for (const repair of [false, true]) {
        const report = await node.exchange.reconcile({ repair });
        expect(report.equal, formatReport(report)).to.equal(true);
        expect(report.streams.flatMap(({ comparison }) => comparison?.resolved ?? [])).to.have.length(5);
      }
      const forks = await node.store.exceptions({ kind: 'fork', limit: 20 });
      const reasons = new Set(forks.map(({ key, reason }) => `${key.id} ${reason}`));
      expect([...reasons].sort()).to.deep.equal(['o-1 resolved by version 5', 'o-2 resolved by version 4']);
      expect((await node.store.countExceptions()).get('fork')).to.equal(0);
    }
  });

  /** Number and status of what a node keeps apart of o-1, as its peer sent it. */
  async function keptApart(node: ExchangeNode): Promise<string[]> {
    const rows = await node.store.exceptions({ kind: 'fork', limit: 20 });
    return rows
      .filter(({ key, body }) => key.id === 'o-1' && body !== undefined)
      .map(({ versionId, body = '' }) => `${String(versionId)} ${statusIn(body)}`)
      .sort();
  }

  const statusIn = (body: string): string => String((JSON.parse(body) as { status?: string }).status);

  const ready = async (): Promise<unknown> =>
    (await fhirRequest(`${county.origin}/health/ready`)).json['status'];

  it('takes no client’s write until every peer has told its position', async () => {
    await write(0, 3);
    const copy = await copyCounty();
    await county.stop();
    region.link('county', 'city').fault = () => 'down';
    await restartCounty(copy);
    expect((await put(county, observation({ id: 'new' }))).status).to.equal(503);
    expect(await ready()).to.equal('copied');
    expect((await fhirRequest(`${county.origin}/fhir/Observation/o-1`)).status).to.equal(200);
    region.link('county', 'city').fault = () => 'none';
    await eventually(() => !county.exchange.holdsWrites());
    expect((await put(county, observation({ id: 'new' }))).status).to.equal(201);
    expect(await ready()).to.equal('ready');
    await county.stop();
    region.link('county', 'city').fault = () => 'down';
    await restartCounty(copy);
    expect((await put(county, observation({ id: 'newer' }))).status).to.equal(201);
  });

  it('takes writes without a peer’s word after a while, and asks again at the next start', async () => {
    const copy = await copyCounty();
    await county.stop();
    region.link('county', 'city').fault = () => 'down';
    await restartCounty(copy, { holdMs: 20 });
    await eventually(() => !county.exchange.holdsWrites());
    expect((await put(county, observation({ id: 'new' }))).status).to.equal(201);
    await county.stop();
    await restartCounty(copy);
    expect(county.exchange.holdsWrites()).to.equal(true);
  });

  it('takes writes at once where it has no peer', async () => {
    const copy = await copyCounty();
    await county.stop();
    county = await region.start({ id: 'county', directory: copy });
    expect((await put(county, observation({ id: 'new' }))).status).to.equal(201);
    await eventually(async () => (await county.store.status()).copied === undefined);
  });

  it('takes writes at once where the loss is accepted; a repair brings back what was lost', async () => {
    await write(0, 3);
    const copy = await copyCounty();
    await write(3, 6);
    await region.caughtUp();
    const { incarnation } = await county.store.status();
    await county.stop();
    await restartCounty(copy, { acceptLoss: true });
    await eventually(async () => (await county.store.status()).incarnation !== incarnation);
    await eventually(isNormal);
    expect((await county.store.countByType()).get('Observation')).to.equal(3);
    const report = await county.exchange.reconcile({ repair: false });
    expect(report.streams[0]?.comparison?.differing.flatMap(({ surplus }) => surplus)).to.have.length(3);
    expect((await county.exchange.reconcile({ repair: true })).equal).to.equal(true);
    expect((await county.store.countByType()).get('Observation')).to.equal(6);
    expect(await county.store.exceptions({ limit: 10 })).to.deep.equal([]);
  });

  it('gets everything back after its disk was replaced by an empty one', async () => {
    await write(0, 5);
    await region.caughtUp();
    await county.stop();
    await restartCounty(await newDirectory());
    await eventually(async () => (await county.store.countByType()).get('Observation') === 5);
    await eventually(isNormal);
    await write(5, 7);
    await region.caughtUp();
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
    await county.stop();
    await restartCounty(county.directory);
    await region.caughtUp();
    expect((await county.store.status()).lineage).to.have.length(1);
  });

  it('needs nothing as a receiver: its position came back with its data', async () => {
    await write(0, 5);
    await region.caughtUp();
    await city.stop();
    const copy = await newDirectory();
    await cp(city.directory, copy, { recursive: true });
    city = await region.start({ id: 'city', children: ['county'], directory: city.directory });
    await write(5, 10);
    await region.caughtUp();
    await city.stop();
    city = await region.start({ id: 'city', children: ['county'], directory: copy });
    await eventually(async () => (await city.store.countByType()).get('Observation') === 10);
    await region.caughtUp();
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
    expect((await county.store.status()).lineage).to.deep.equal([]);
    const acknowledged = await county.store.counts({ series: 'acknowledged' });
    expect(acknowledged.reduce((sum, { n }) => sum + n, 0)).to.equal(10);
  });
});
