import { expect } from 'chai';

import { formatReport } from '../../src/cli/reconcile.js';
import type { ReconcileReport } from '../../src/domain/exchange/index.js';
import type { ExchangeNode } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';
import { observation, patient } from '../support/records.js';
import { eventually, held, openRegion, put, versionsHeld, type Region } from '../support/region.js';

const label = { system: 'urn:test:label', code: 'secret' };
/** Moves the peer's position over what policy left out before it. */
const ofTheSameLane = { resourceType: 'Condition', id: 'c-1', subject: { display: 'somebody' } };
const secret = { meta: { security: [label] } };

describe('reconciliation', () => {
  let region: Region;
  let county: ExchangeNode;
  let city: ExchangeNode;

  beforeEach(async () => {
    region = await openRegion([['county', 'city']]);
    city = await region.start({ id: 'city', children: ['county'] });
  });
  afterEach(() => region.close());

  const missingIn = (report: ReconcileReport): string[] =>
    report.streams.flatMap((stream) =>
      (stream.comparison?.differing ?? []).flatMap((cell) =>
        cell.missing.map(({ key, versionId }) => `${key.type}/${key.id}/${String(versionId)}`),
      ),
    );

  it('lists what policy began to let go later, and repairs exactly that', async () => {
    county = await region.start({ id: 'county', parent: 'city', up: { excludeTypes: ['Observation'] } });
    await put(county, patient({ id: 'p-1' }));
    await put(county, observation({ id: 'o-1' }));
    await put(county, observation({ id: 'o-1', status: 'amended' }));
    await put(county, ofTheSameLane);
    await region.caughtUp();
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
    await county.stop();
    county = await region.start({ id: 'county', parent: 'city', directory: county.directory });
    await region.caughtUp();
    const report = await county.exchange.reconcile({ repair: false });
    expect(report.equal).to.equal(false);
    expect(missingIn(report)).to.deep.equal(['Observation/o-1/1', 'Observation/o-1/2']);
    const text = formatReport(report);
    expect(text).to.contain('county -> city').and.contain('missing Observation/o-1/_history/2');
    const repaired = await county.exchange.reconcile({ repair: true });
    expect(repaired.equal).to.equal(true);
    expect(repaired.streams[0]?.repaired).to.equal(2);
    expect(await versionsHeld(city, 'Observation/o-1')).to.have.length(2);
  });

  it('clears at both ends what was refused and has been taken since', async () => {
    await city.stop();
    city = await region.start({ id: 'city', children: [{ id: 'county', owners: ['another'] }] });
    county = await region.start({ id: 'county', parent: 'city' });
    await put(county, observation({ id: 'o-1' }));
    await put(county, observation({ id: 'o-2' }));
    await region.caughtUp();
    const standing = async (): Promise<string[]> =>
      (await Promise.all([city, county].map(({ store }) => store.exceptions({ limit: 10 }))))
        .flat()
        .map(({ stream, key, kind }) => `${stream} ${key.id} ${kind}`)
        .sort();
    const rows = ['from:county o-1', 'from:county o-2', 'to:city o-1', 'to:city o-2'];
    expect(await standing()).to.deep.equal(rows.map((row) => `${row} refused`));
    await city.stop();
    city = await region.start({ id: 'city', children: ['county'], directory: city.directory });
    await region.caughtUp();
    expect((await county.exchange.reconcile({ repair: true })).equal).to.equal(true);
    expect(await standing()).to.deep.equal([]);
  });

  it('shows streams, exceptions and the store among the metrics', async () => {
    await city.stop();
    city = await region.start({ id: 'city', children: [{ id: 'county', owners: ['another'] }] });
    county = await region.start({ id: 'county', parent: 'city' });
    await put(county, observation({ id: 'o-1' }));
    await region.caughtUp();
    const metrics = async (): Promise<string> => (await fhirRequest(`${county.origin}/metrics`)).text;
    const lines = [
      'rhie_stream_waiting{peer="city",lane="clinical"} 0',
      'rhie_stream_up{peer="city",lane="clinical"} 1',
      'rhie_stream_caught_up{peer="city",lane="clinical"} 1',
      'rhie_exceptions{kind="refused"} 1',
      'rhie_exceptions{kind="fork"} 0',
      'rhie_store_restored 0',
      'rhie_store_failing 0',
      'rhie_store_writes_held 0',
    ];
    // The stream may ask once more where the restarted peer is.
    await eventually(async () => {
      const shown = (await metrics()).split('\n');
      return lines.every((line) => shown.includes(line));
    });
    region.link('county', 'city').fault = () => 'down';
    await put(county, observation({ id: 'o-2' }));
    await eventually(async () => (await metrics()).includes('rhie_stream_up{peer="city",lane="clinical"} 0'));
    expect(await metrics()).to.match(/rhie_stream_waiting\{peer="city",lane="clinical"\} [1-9]/);
  });

  it('repairs from the receiver’s side too', async () => {
    county = await region.start({ id: 'county', parent: 'city', up: { excludeTypes: ['Observation'] } });
    await put(county, observation({ id: 'o-1' }));
    await put(county, ofTheSameLane);
    await region.caughtUp();
    await county.stop();
    county = await region.start({ id: 'county', parent: 'city', directory: county.directory });
    await region.caughtUp();
    const report = await city.exchange.reconcile({ peer: 'county', repair: true });
    expect(report.equal).to.equal(true);
    expect(await held(city, 'Observation/o-1')).to.not.equal(undefined);
  });

  it('leaves withheld records out, and shows retractions as both ends have them', async () => {
    county = await region.start({
      id: 'county',
      parent: 'city',
      up: { withholdLabels: ['urn:test:label|secret'] },
    });
    await put(county, observation({ id: 'hidden', ...secret }));
    await put(county, observation({ id: 'turned' }));
    await put(county, observation({ id: 'turned', ...secret }));
    await put(county, observation({ id: 'plain' }));
    await region.caughtUp();
    expect(await held(city, 'Observation/hidden')).to.equal(undefined);
    const versions = await versionsHeld(city, 'Observation/turned');
    expect(versions.map(({ deleted }) => deleted)).to.deep.equal([false, true]);
    const report = await county.exchange.reconcile({ repair: false });
    expect(report.equal, formatReport(report)).to.equal(true);
    expect(report.streams[0]?.comparison?.offered).to.equal(3);
  });

  it('shows a retracted record again when its label is lifted', async () => {
    county = await region.start({
      id: 'county',
      parent: 'city',
      up: { withholdLabels: ['urn:test:label|secret'] },
    });
    await put(county, observation({ id: 'turned' }));
    await put(county, observation({ id: 'turned', ...secret }));
    await put(county, observation({ id: 'turned', status: 'amended' }));
    await region.caughtUp();
    const current = await held(city, 'Observation/turned');
    expect(current).to.include({ deleted: false, versionId: 3 });
    expect((await county.exchange.reconcile({ repair: false })).equal).to.equal(true);
  });

  it('reports a peer that does not answer as not equal', async () => {
    county = await region.start({ id: 'county', parent: 'city' });
    await region.caughtUp();
    region.link('county', 'city').fault = () => 'error-500';
    const report = await county.exchange.reconcile({ repair: false });
    expect(report.equal).to.equal(false);
    expect(report.streams[0]?.failure).to.contain('500');
    expect(formatReport(report)).to.contain('not compared');
  });

  it('is asked for over HTTP', async () => {
    county = await region.start({ id: 'county', parent: 'city' });
    await put(county, patient({ id: 'p-1' }));
    await region.caughtUp();
    const ask = (body: unknown): ReturnType<typeof fhirRequest> =>
      fhirRequest(`${county.origin}/api/exchange/reconcile`, { method: 'POST', body });
    const answer = await ask({ peer: 'city' });
    expect(answer.status).to.equal(200);
    expect(answer.json).to.include({ equal: true });
    expect((await ask({ peer: 'nobody' })).status).to.equal(404);
    expect((await ask({ repair: 'yes' })).status).to.equal(400);
  });

  it('shows the state of every stream', async () => {
    county = await region.start({ id: 'county', parent: 'city' });
    await put(county, patient({ id: 'p-1' }));
    await region.caughtUp();
    const { json } = await fhirRequest(`${county.origin}/api/exchange/streams`);
    const streams = json['streams'] as Record<string, unknown>[];
    expect(streams.map(({ lane }) => lane)).to.deep.equal(['workflow', 'clinical', 'bulk']);
    expect(streams[0]).to.include({
      peer: 'city',
      role: 'parent',
      caughtUp: true,
      waiting: 0,
      state: 'idle',
    });
  });

  it('shows one neighbour nothing of another’s', async () => {
    const ask = (view: string): ReturnType<typeof fhirRequest> =>
      fhirRequest(`${city.origin}/api/exchange/digests?view=${view}`, { headers: { 'X-Node-ID': 'county' } });
    await put(city, patient({ id: 'of-the-city' }));
    await put(city, { resourceType: 'Organization', id: 'org', name: 'A' });
    const rows = (await ask('offered')).json['rows'] as { type: string }[];
    expect(rows.map(({ type }) => type)).to.deep.equal(['Organization']);
    expect((await ask('held')).json['rows']).to.deep.equal([]);
    const stranger = await fhirRequest(`${city.origin}/api/exchange/digests?view=held`, {
      headers: { 'X-Node-ID': 'stranger' },
    });
    expect(stranger.status).to.equal(403);
  });
});
