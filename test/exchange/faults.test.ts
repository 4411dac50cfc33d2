import { expect } from 'chai';

import type { ExchangeNode } from '../support/exchange-node.js';
import type { Fault } from '../support/faulty-link.js';
import { observation } from '../support/records.js';
import { eventually, openRegion, put, sameParts, versionsHeld, type Region } from '../support/region.js';

const records = 40;
/** Small, so that the records travel in several batches. */
const batchBytes = 2048;

describe('a stream whose link fails', () => {
  let region: Region;
  let county: ExchangeNode;
  let city: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([['county', 'city']]);
    city = await region.start({ id: 'city', children: ['county'] });
  });
  afterEach(() => region.close());

  const isBatch = (path: string): boolean => path.startsWith('/fhir/$replicate');

  async function writeAll(): Promise<void> {
    for (let n = 0; n < records; n += 1) await put(county, observation({ id: `o-${String(n)}` }));
  }

  async function expectAll(): Promise<void> {
    await region.caughtUp();
    for (let n = 0; n < records; n += 1) {
      const reference = `Observation/o-${String(n)}`;
      const copies = (await versionsHeld(city, reference)).map(sameParts);
      expect(copies).to.deep.equal((await versionsHeld(county, reference)).map(sameParts));
    }
    const sum = async (node: ExchangeNode, series: 'reported' | 'acknowledged' | 'replicated') =>
      (await node.store.counts({ series })).reduce((total, { n }) => total + n, 0);
    await eventually(async () => (await sum(county, 'acknowledged')) === records);
    expect(await sum(county, 'reported')).to.equal(records);
    expect(await sum(city, 'replicated')).to.equal(records);
    expect(await city.store.exceptions({ limit: 10 })).to.deep.equal([]);
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
  }

  const everySecond: Fault[] = ['down', 'error-500', 'drop-answer', 'cut-answer', 'hang'];
  for (const fault of everySecond) {
    it(`loses nothing and doubles nothing when every second batch meets ${fault}`, async () => {
      let batches = 0;
      region.link('county', 'city').fault = (path) =>
        isBatch(path) && (batches += 1) % 2 === 0 ? fault : 'none';
      county = await region.start({ id: 'county', parent: 'city', batchBytes, timeoutMs: 300 });
      await writeAll();
      await expectAll();
      expect(batches).to.be.greaterThan(4);
    });
  }

  it('loses nothing and doubles nothing when each batch arrives twice', async () => {
    region.link('county', 'city').fault = (path) => (isBatch(path) ? 'twice' : 'none');
    county = await region.start({ id: 'county', parent: 'city', batchBytes });
    await writeAll();
    await expectAll();
  });

  it('keeps clients writing while the parent is down, and catches up when it is back', async () => {
    region.link('county', 'city').fault = () => 'down';
    county = await region.start({ id: 'county', parent: 'city', batchBytes });
    await writeAll();
    await eventually(async () =>
      (await county.exchange.streams()).some(({ lastError }) => lastError !== undefined),
    );
    expect((await county.exchange.streams()).some(({ waiting }) => waiting >= records)).to.equal(true);
    region.link('county', 'city').fault = () => 'none';
    await expectAll();
  });

  it('goes on where it was after the sender was stopped before the answer came', async () => {
    region.link('county', 'city').fault = (path) => (isBatch(path) ? 'drop-answer' : 'none');
    county = await region.start({ id: 'county', parent: 'city', batchBytes });
    await writeAll();
    await eventually(async () => (await versionsHeld(city, 'Observation/o-0')).length === 1);
    await county.stop();
    region.link('county', 'city').fault = () => 'none';
    county = await region.start({ id: 'county', parent: 'city', batchBytes, directory: county.directory });
    await expectAll();
  });

  it('goes on where it was after the receiver was restarted', async () => {
    county = await region.start({ id: 'county', parent: 'city', batchBytes });
    const writing = writeAll();
    await eventually(async () => (await versionsHeld(city, 'Observation/o-3')).length === 1);
    await city.stop();
    city = await region.start({ id: 'city', children: ['county'], directory: city.directory });
    await writing;
    await expectAll();
  });

  it('names a version that the peer rejects and lets the others pass', async () => {
    const link = region.link('county', 'city');
    county = await region.start({ id: 'county', parent: 'city' });
    await region.caughtUp();
    link.fault = () => 'down';
    for (let n = 0; n < 5; n += 1) await put(county, observation({ id: `o-${String(n)}` }));
    link.rejects = (body) => body.includes('"id":"o-3"');
    link.fault = () => 'none';
    await region.caughtUp();
    for (const n of [0, 1, 2, 4]) {
      expect(await versionsHeld(city, `Observation/o-${String(n)}`)).to.have.length(1);
    }
    await eventually(
      async () => (await county.store.exceptions({ stream: 'to:city', limit: 10 })).length === 1,
    );
    const [exception] = await county.store.exceptions({ stream: 'to:city', limit: 10 });
    expect(exception).to.deep.include({
      key: { type: 'Observation', id: 'o-3' },
      versionId: 1,
      kind: 'refused',
    });
    const report = await county.exchange.reconcile({ repair: false });
    expect(report.equal).to.equal(false);
    expect(report.streams[0]?.comparison?.differing[0]?.missing).to.deep.equal([
      { key: { type: 'Observation', id: 'o-3' }, versionId: 1 },
    ]);
  });
});
