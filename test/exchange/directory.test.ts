import { expect } from 'chai';

import type { ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest, type Json } from '../support/fhir-request.js';
import { patient } from '../support/records.js';
import { eventually, held, openRegion, put, sameParts, type Region } from '../support/region.js';

const organization = (id: string, fields: Json = {}): Json => ({
  resourceType: 'Organization',
  id,
  active: true,
  name: 'A hospital',
  ...fields,
});

describe('directory', () => {
  let region: Region;
  let city: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([
      ['county-a', 'city'],
      ['county-b', 'city'],
    ]);
    city = await region.start({ id: 'city', children: ['county-a', 'county-b'] });
  });
  afterEach(() => region.close());

  it('comes down to every child, and nothing else does', async () => {
    const [a, b] = [
      await region.start({ id: 'county-a', parent: 'city', directoryOwner: 'parent' }),
      await region.start({ id: 'county-b', parent: 'city', directoryOwner: 'parent' }),
    ];
    await put(city, organization('org-1'));
    await put(city, patient({ id: 'of-the-city' }));
    await region.caughtUp();
    const original = await held(city, 'Organization/org-1');
    for (const county of [a, b]) {
      const copy = await held(county, 'Organization/org-1');
      expect(copy && sameParts(copy)).to.deep.equal(original && sameParts(original));
      expect(await held(county, 'Patient/of-the-city')).to.equal(undefined);
    }
  });

  it('does not go back up as the child’s own', async () => {
    const a = await region.start({ id: 'county-a', parent: 'city', directoryOwner: 'parent' });
    await put(city, organization('org-1'));
    await region.caughtUp();
    expect(await a.store.counts({ series: 'reported' })).to.deep.equal([]);
  });

  it('is written above only: 409 says where', async () => {
    const a = await region.start({ id: 'county-a', parent: 'city', directoryOwner: 'parent' });
    const answer = await put(a, organization('mine'));
    expect(answer.status).to.equal(409);
    expect(answer.text).to.contain('city');
  });

  it('makes a dangling reference wait (503) until it is down, and refuses it (422) afterwards', async () => {
    region.link('city', 'county-a').fault = () => 'down';
    await put(city, organization('org-1'));
    const a = await region.start({ id: 'county-a', parent: 'city', directoryOwner: 'parent' });
    const write = (): Promise<{ status: number; headers: Headers }> =>
      put(a, patient({ id: 'p-1', managingOrganization: { reference: 'Organization/org-1' } }));
    const early = await write();
    expect(early.status).to.equal(503);
    expect(early.headers.get('retry-after')).to.match(/^\d+$/);
    region.link('city', 'county-a').fault = () => 'none';
    await eventually(() => a.exchange.directoryReady());
    expect((await write()).status).to.equal(201);
    const wrong = await put(
      a,
      patient({ id: 'p-2', managingOrganization: { reference: 'Organization/nowhere' } }),
    );
    expect(wrong.status).to.equal(422);
  });

  it('is ready at once after a restart, and where it is empty', async () => {
    const options = { id: 'county-a', parent: 'city', directoryOwner: 'parent' } as const;
    const a = await region.start(options);
    await eventually(() => a.exchange.directoryReady());
    await a.stop();
    await city.stop();
    const again = await region.start({ ...options, directory: a.directory });
    expect(again.exchange.directoryReady()).to.equal(true);
  });

  it('shows a child’s own part to its sisters', async () => {
    const a = await region.start({ id: 'county-a', parent: 'city' });
    const b = await region.start({ id: 'county-b', parent: 'city' });
    await put(a, organization('township-clinic'));
    await region.caughtUp();
    await eventually(async () => (await held(b, 'Organization/township-clinic')) !== undefined);
    const answer = await fhirRequest(`${b.origin}/fhir/Organization/township-clinic`);
    expect(answer.status).to.equal(200);
  });
});
