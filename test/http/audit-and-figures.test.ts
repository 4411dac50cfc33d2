import { expect } from 'chai';

import { regionDay } from '../../src/domain/audit/index.js';
import { fhirRequest, referenceIn } from '../support/fhir-request.js';
import { identified, observation, patient, postEntry, transactionOf } from '../support/records.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('audit trail and figures', () => {
  const client = makeClient({ id: 'his-1', source: 'hospital-1', scopes: ['system/*.cruds'] });
  let node: TestNode;
  let token: string;
  before(async () => {
    node = await startNode({ clients: [client.registration] });
    token = await signIn(node.origin, client, 'system/*.cruds');
  });
  after(() => node.close());
  const send = (path: string, method: string, body?: unknown, requestId = 'q-0') =>
    fhirRequest(`${node.origin}${path}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'X-Request-ID': requestId },
      ...(body === undefined ? {} : { body }),
    });
  const rows = (action: string) => node.store.readAudit({ action, limit: 100 });

  it('keeps a row of each own write with who, what and whose', async () => {
    const made = await send('/fhir/Patient', 'POST', patient(), 'q-1');
    const target = referenceIn(made.headers.get('location'));
    const id = target.slice('Patient/'.length);
    await send(`/fhir/${target}`, 'PUT', patient({ id, active: true }), 'q-2');
    await send(`/fhir/${target}`, 'DELETE', undefined, 'q-3');
    for (const [action, status, requestId] of [
      ['create', 201, 'q-1'],
      ['update', 200, 'q-2'],
      ['delete', 204, 'q-3'],
    ] as const) {
      const [row] = await rows(action);
      expect(row).to.deep.include({ action, status, requestId, principal: 'his-1', target });
    }
  });

  it('keeps no row of a repeat or of an update that changed nothing', async () => {
    const before = (await rows('create')).length + (await rows('update')).length;
    const made = await send('/fhir/Patient', 'POST', identified('f1'), 'q-4');
    await send('/fhir/Patient', 'POST', identified('f1'), 'q-4');
    const target = referenceIn(made.headers.get('location'));
    const again = await send(`/fhir/${target}`, 'PUT', made.text, 'q-5');
    expect(again.headers.get('etag')).to.equal('W/"1"');
    expect((await rows('create')).length + (await rows('update')).length).to.equal(before + 1);
  });

  it('keeps a row of each record that a transaction writes', async () => {
    await send('/fhir', 'POST', transactionOf(postEntry(patient()), postEntry(observation())), 'q-6');
    const written = (await rows('create')).filter(({ requestId }) => requestId === 'q-6');
    expect(written.map(({ target }) => target.split('/')[0]).sort()).to.deep.equal([
      'Observation',
      'Patient',
    ]);
  });

  it('keeps rows of refusals and sign-ins', async () => {
    await send('/fhir/Patient', 'POST', patient({ gender: 'nobody' }), 'q-7');
    await send('/fhir/Patient/x', 'PUT', patient({ id: 'y' }), 'q-8');
    await fhirRequest(`${node.base}/Patient/1`, { headers: { 'X-Request-ID': 'q-9' } });
    await send('/fhir', 'POST', transactionOf(postEntry(patient({ gender: 'nobody' }))), 'q-10');
    await node.audit.flush();
    const refused = new Map((await rows('refuse')).map((row) => [row.requestId, row]));
    expect(refused.get('q-7')).to.deep.include({ principal: 'his-1', target: '' });
    expect(refused.get('q-8')).to.deep.include({ principal: 'his-1', target: 'Patient/x' });
    expect(refused.get('q-9')).to.deep.include({ principal: '', status: 401 });
    expect(refused.has('q-10')).to.equal(true);
    expect((await rows('sign-in'))[0]).to.deep.include({ principal: 'his-1', status: 200 });
  });

  it('counts accepted and refused writes by type and source', async () => {
    const answer = await send('/api/volumes', 'GET');
    const volumes = answer.json['volumes'] as {
      series: string;
      type: string;
      source: string;
      day: string;
      n: number;
    }[];
    const day = regionDay(Date.now());
    const count = (series: string, type: string): number =>
      volumes
        .filter(
          (row) =>
            row.series === series && row.type === type && row.source === 'hospital-1' && row.day === day,
        )
        .reduce((sum, { n }) => sum + n, 0);
    expect(count('accepted', 'Patient')).to.equal(5);
    expect(count('accepted', 'Observation')).to.equal(1);
    expect(count('refused', 'Patient')).to.equal(2);
    expect(count('refused', 'Bundle')).to.equal(1);
    expect((await send('/api/volumes?series=nonsense', 'GET')).status).to.equal(400);
    expect((await send('/api/volumes?from=yesterday', 'GET')).status).to.equal(400);
  });

  it('shows health and metrics without sign-in', async () => {
    expect((await fhirRequest(`${node.origin}/health/live`)).status).to.equal(200);
    const ready = await fhirRequest(`${node.origin}/health/ready`);
    expect([ready.status, ready.json['status']]).to.deep.equal([200, 'ready']);
    const metrics = (await fhirRequest(`${node.origin}/metrics`)).text;
    expect(metrics).to.match(/rhie_http_requests_total\{interaction="create",status="201"\} \d+/);
    expect(metrics).to.match(/rhie_volume_records\{series="accepted",type="Patient",source="hospital-1"\} 5/);
    expect(metrics).to.match(
      /rhie_volume_bytes\{series="accepted",type="Patient",source="hospital-1"\} [1-9]/,
    );
    expect(metrics).to.match(/^rhie_store_restored 0$/m);
    expect(metrics).to.contain('nodejs_eventloop_lag_p99_seconds');
  });

  it('answers 404 with an OperationOutcome where there is nothing', async () => {
    const answer = await fhirRequest(`${node.origin}/nothing`);
    expect([answer.status, answer.json['resourceType']]).to.deep.equal([404, 'OperationOutcome']);
  });
});
