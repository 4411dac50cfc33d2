import { expect } from 'chai';

import { toEntry } from '../../src/domain/exchange/index.js';
import { writeReplicateBundle } from '../../src/fhir/bundle/replicate-bundle.js';
import type { ExchangeNode } from '../support/exchange-node.js';
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

const label = { system: 'urn:test:label', code: 'secret' };

describe('missing versions', () => {
  let region: Region;
  let city: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([['county', 'city']]);
    city = await region.start({ id: 'city', children: ['county'] });
  });
  afterEach(() => region.close());

  const openGaps = async (): Promise<number> =>
    (await city.store.exceptions({ kind: 'gap', limit: 10 })).length;

  it('are asked for at the sender and cleared when they come', async () => {
    region.link('county', 'city').fault = () => 'down';
    const county = await region.start({ id: 'county', parent: 'city' });
    for (const status of ['registered', 'preliminary', 'final']) {
      await put(county, observation({ id: 'o-1', status }));
    }
    const last = await held(county, 'Observation/o-1');
    if (!last) throw new Error('not stored');
    const answer = await fhirRequest(`${city.origin}/fhir/$replicate?lane=clinical`, {
      method: 'POST',
      headers: { 'X-Node-ID': 'county' },
      body: writeReplicateBundle({ lane: 'clinical', entries: [toEntry(last)] }),
    });
    expect(answer.status).to.equal(200);
    await eventually(async () => (await versionsHeld(city, 'Observation/o-1')).length === 3);
    await eventually(async () => (await openGaps()) === 0);
    expect((await versionsHeld(city, 'Observation/o-1')).map(sameParts)).to.deep.equal(
      (await versionsHeld(county, 'Observation/o-1')).map(sameParts),
    );
    expect((await held(city, 'Observation/o-1'))?.versionId).to.equal(3);
  });

  it('are not missing where the sender’s policy keeps them', async () => {
    const county = await region.start({
      id: 'county',
      parent: 'city',
      up: { withholdLabels: ['urn:test:label|secret'] },
    });
    await put(county, observation({ id: 'o-1', meta: { security: [label] } }));
    await put(county, observation({ id: 'o-1' }));
    await region.caughtUp();
    expect((await versionsHeld(city, 'Observation/o-1')).map(({ versionId }) => versionId)).to.deep.equal([
      2,
    ]);
    await eventually(async () => (await openGaps()) === 0);
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
  });

  it('stay listed while the sender lacks them too, also over a restart', async () => {
    const county = await region.start({ id: 'county', parent: 'city' });
    await region.caughtUp();
    await put(county, observation({ id: 'o-1' }));
    const first = await held(county, 'Observation/o-1');
    if (!first) throw new Error('not stored');
    const body = first.body.replace('"versionId":"1"', '"versionId":"3"');
    await county.stop();
    const entry = { ...toEntry(first), versionId: 3, body };
    const { createHash } = await import('node:crypto');
    const hash = createHash('sha256').update(body).digest('hex');
    await fhirRequest(`${city.origin}/fhir/$replicate?lane=clinical`, {
      method: 'POST',
      headers: { 'X-Node-ID': 'county' },
      body: writeReplicateBundle({ lane: 'clinical', entries: [{ ...entry, hash }] }),
    });
    await eventually(async () => (await openGaps()) > 0);
    await city.stop();
    city = await region.start({ id: 'city', children: ['county'], directory: city.directory });
    await region.start({ id: 'county', parent: 'city', directory: county.directory });
    await region.caughtUp();
    const gaps = await city.store.exceptions({ kind: 'gap', limit: 10 });
    expect(gaps.map(({ versionId }) => versionId)).to.deep.equal([2]);
  });
});
