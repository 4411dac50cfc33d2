import { expect } from 'chai';

import type { ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';
import { observation, patient } from '../support/records.js';
import {
  eventually,
  held,
  openRegion,
  put,
  remove,
  sameParts,
  versionsHeld,
  type Region,
} from '../support/region.js';

describe('records of a county', () => {
  let region: Region;
  let county: ExchangeNode;
  let city: ExchangeNode;
  let province: ExchangeNode;

  before(async () => {
    region = await openRegion([
      ['county', 'city'],
      ['city', 'province'],
    ]);
    province = await region.start({ id: 'province', children: [{ id: 'city', owners: ['city', 'county'] }] });
    city = await region.start({ id: 'city', parent: 'province', children: ['county'] });
    county = await region.start({ id: 'county', parent: 'city' });
  });
  after(() => region.close());

  it('reach city and province with their bytes, owner and source', async () => {
    await put(county, observation({ id: 'o-1', valueQuantity: { value: 1, unit: 'x' } }));
    const raw =
      '{"resourceType":"Observation","id":"o-2","status":"final","code":{"text":"血压"},"valueQuantity":{"value":1.10}}';
    await fhirRequest(`${county.origin}/fhir/Observation/o-2`, { method: 'PUT', body: raw });
    await region.caughtUp();
    for (const id of ['o-1', 'o-2']) {
      const original = await held(county, `Observation/${id}`);
      if (!original) throw new Error('not stored');
      for (const node of [city, province]) {
        const copy = await held(node, `Observation/${id}`);
        expect(copy && sameParts(copy)).to.deep.equal(sameParts(original));
      }
    }
    expect((await held(province, 'Observation/o-2'))?.body).to.contain('1.10');
  });

  it('travel with every version and with deletes', async () => {
    await put(county, patient({ id: 'p-1' }));
    await put(county, patient({ id: 'p-1', gender: 'male' }));
    await remove(county, 'Patient/p-1');
    await put(county, patient({ id: 'p-1', gender: 'other' }));
    await remove(county, 'Patient/p-1');
    await region.caughtUp();
    const original = (await versionsHeld(county, 'Patient/p-1')).map(sameParts);
    expect(original.map(({ deleted }) => deleted)).to.deep.equal([false, false, true, false, true]);
    for (const node of [city, province]) {
      expect((await versionsHeld(node, 'Patient/p-1')).map(sameParts)).to.deep.equal(original);
      const answer = await fhirRequest(`${node.origin}/fhir/Patient/p-1`);
      expect(answer.status).to.equal(410);
    }
  });

  it('are found by search where they arrived', async () => {
    await put(county, patient({ id: 'p-2', identifier: [{ system: 'urn:test:mrn', value: '4711' }] }));
    await region.caughtUp();
    const answer = await fhirRequest(
      `${province.origin}/fhir/Patient?identifier=urn:test:mrn|4711&_total=accurate`,
    );
    expect(answer.json['total']).to.equal(1);
  });

  it('are read-only elsewhere: a client’s write answers 409 and names the owner', async () => {
    await put(county, patient({ id: 'p-3' }));
    await region.caughtUp();
    const answer = await put(city, patient({ id: 'p-3', gender: 'male' }));
    expect(answer.status).to.equal(409);
    expect(answer.text).to.contain('county');
    expect((await remove(province, 'Patient/p-3')).status).to.equal(409);
  });

  it('are counted once: reported and acknowledged as many as accepted and replicated', async () => {
    await put(county, patient({ id: 'p-4' }));
    await region.caughtUp();
    const sum = async (node: ExchangeNode, series: 'accepted' | 'replicated' | 'reported' | 'acknowledged') =>
      (await node.store.counts({ series })).reduce((total, { n }) => total + n, 0);
    const accepted = await sum(county, 'accepted');
    await eventually(async () => (await sum(county, 'acknowledged')) === accepted);
    expect(await sum(county, 'reported')).to.equal(accepted);
    expect(await sum(city, 'replicated')).to.equal(accepted);
    await eventually(async () => (await sum(city, 'acknowledged')) === accepted);
    expect(await sum(province, 'replicated')).to.equal(accepted);
  });

  it('leave both ends of every stream equal', async () => {
    await region.caughtUp();
    for (const node of [county, city, province]) {
      const report = await node.exchange.reconcile({ repair: false });
      expect(report.equal, JSON.stringify(report)).to.equal(true);
    }
    const [up] = (await county.exchange.reconcile({ repair: false })).streams;
    expect(up?.comparison?.offered).to.be.at.least(10);
  });

  it('leave an audit row where they arrive', async () => {
    const rows = await city.store.readAudit({ action: 'replicate', limit: 10 });
    expect(rows[0]).to.include({ principal: 'county', status: 200 });
  });
});
