import { cp } from 'node:fs/promises';

import { expect } from 'chai';

import { newDirectory, type ExchangeNode } from '../support/exchange-node.js';
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

  const restartCounty = async (directory: string, more: { acceptLoss?: boolean } = {}): Promise<void> => {
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

  it('is recognised though it has written on since, and its forks are named until it writes above them', async () => {
    await write(0, 3);
    const copy = await copyCounty();
    await put(county, observation({ id: 'o-1', status: 'amended' }));
    await write(3, 5);
    await region.caughtUp();
    await county.stop();
    region.link('county', 'city').fault = () => 'down';
    await restartCounty(copy);
    await put(county, observation({ id: 'o-1', status: 'cancelled' }));
    await put(county, observation({ id: 'x-1' }));
    await put(county, observation({ id: 'x-2' }));
    await put(county, observation({ id: 'x-3' }));
    region.link('county', 'city').fault = () => 'none';
    await eventually(async () => (await city.store.countByType()).get('Observation') === 8);
    await eventually(isNormal);
    await region.caughtUp();
    expect((await held(county, 'Observation/o-4'))?.versionId).to.equal(1);
    const forksAt = async (node: ExchangeNode): Promise<string[]> =>
      (await node.store.exceptions({ kind: 'fork', limit: 10 })).map(({ key }) => key.id);
    expect(await forksAt(county)).to.include('o-1');
    expect(await forksAt(city)).to.include('o-1');
    expect((await held(city, 'Observation/o-1'))?.body).to.contain('amended');
    await put(county, observation({ id: 'o-1', status: 'entered-in-error' }));
    await region.caughtUp();
    expect((await held(city, 'Observation/o-1'))?.versionId).to.equal(3);
    expect((await held(city, 'Observation/o-1'))?.hash).to.equal(
      (await held(county, 'Observation/o-1'))?.hash,
    );
  });

  it('takes writes at once where the loss is accepted', async () => {
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
