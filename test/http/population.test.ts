import { expect } from 'chai';

import { fhirRequest, issuesOf, type FhirAnswer, type Json } from '../support/fhir-request.js';
import { settled } from '../support/mpi-requests.js';
import { patient, type PatientSketch } from '../support/patients.js';
import { li, zhao } from '../support/people.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

const scopes = ['system/*.cruds'];
const hospital = makeClient({ id: 'his-1', source: 'hospital-1', scopes });
const clinic = makeClient({ id: 'his-2', source: 'clinic-2', scopes });

describe('/api/population', () => {
  let node: TestNode;
  let tokens: Map<typeof hospital, string>;
  beforeEach(async () => {
    node = await startNode({ mpi: 'self', clients: [hospital.registration, clinic.registration] });
    tokens = new Map();
    for (const client of [hospital, clinic]) {
      tokens.set(client, await signIn(node.origin, client, 'system/*.cruds'));
    }
  });
  afterEach(() => node.close());

  const headersOf = (client: typeof hospital): Record<string, string> => ({
    Authorization: `Bearer ${tokens.get(client) ?? ''}`,
  });
  async function send(client: typeof hospital, sketch: PatientSketch): Promise<string> {
    const answer = await fhirRequest(`${node.base}/Patient`, {
      method: 'POST',
      headers: headersOf(client),
      body: patient(sketch),
    });
    return answer.json['id'] as string;
  }
  const ask = (path: string): Promise<FhirAnswer> =>
    fhirRequest(`${node.origin}${path}`, { headers: headersOf(hospital) });
  const metric = async (name: string): Promise<number | undefined> => {
    const { text } = await fhirRequest(`${node.origin}/metrics`);
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.split(' ')[1]);
  };

  it('counts people, records, institutions, verified ids, reviews and what can’t be matched, by county', async () => {
    await send(hospital, li);
    await send(clinic, { ...li, residentId: undefined });
    await send(clinic, zhao);
    await send(clinic, { name: '不详' });
    await settled(node);
    const { json } = await ask('/api/population');
    expect(json).to.deep.equal({
      persons: 2,
      records: 4,
      institutions: 2,
      verifiedShare: 0.5,
      waitingForReview: 0,
      unmatched: 1,
      counties: [
        { division: '', persons: 0, records: 1, institutions: 1, verified: 0, unmatched: 1 },
        { division: '420602', persons: 1, records: 2, institutions: 2, verified: 1, unmatched: 0 },
        { division: '420624', persons: 1, records: 1, institutions: 1, verified: 1, unmatched: 0 },
      ],
      complete: true,
    });
  });

  it('counts what waits for a steward, and shows it as a metric', async () => {
    const alike = { ...li, residentId: undefined, phone: undefined };
    await send(hospital, alike);
    await send(clinic, { ...alike, name: '李小美', birthDate: '1985-03-21' });
    await settled(node);
    const tasks = await ask('/fhir/Task?status=requested&_total=accurate&_count=0');
    const { json } = await ask('/api/population');
    expect(json['waitingForReview']).to.equal(tasks.json['total']).and.to.be.greaterThan(0);
    expect(await metric('rhie_mpi_reviews')).to.equal(json['waitingForReview']);
    expect(await metric('rhie_mpi_waiting')).to.equal(0);
    expect(await metric('rhie_mpi_cut_blocks_total')).to.equal(0);
  });

  it('does not call figures complete that are older than the last record', async () => {
    await settled(node);
    expect((await ask('/api/population')).json).to.include({ records: 0, complete: true });
    await send(hospital, li);
    expect((await ask('/api/population')).json).to.include({ records: 0, complete: false });
  });

  it('lists the Patients with nothing to match on, page by page', async () => {
    const sent: string[] = [];
    for (let n = 0; n < 3; n++) sent.push(await send(hospital, { name: '不详' }));
    await send(hospital, li);
    await settled(node);
    const first = await ask('/api/population/unmatched?limit=2');
    expect(first.json).to.deep.equal({ patients: sent.slice(0, 2), nextAfter: sent[1] });
    const second = await ask(`/api/population/unmatched?limit=2&after=${sent[1] ?? ''}`);
    expect(second.json).to.deep.equal({ patients: sent.slice(2) });
    for (const query of ['limit=x', 'limit=1001', 'after=a_b']) {
      const refused = await ask(`/api/population/unmatched?${query}`);
      expect([refused.status, issuesOf(refused)[0]?.code]).to.deep.equal([400, 'value']);
    }
  });

  it('is for whoever may read everything', async () => {
    const ask = async (scope: string): Promise<number> => {
      const Authorization = `Bearer ${await signIn(node.origin, hospital, scope)}`;
      return (await fhirRequest(`${node.origin}/api/population`, { headers: { Authorization } })).status;
    };
    expect(await ask('system/*.r')).to.equal(200);
    expect(await ask('system/Patient.r')).to.equal(403);
  });
});

describe('a node without a person index', () => {
  it('offers nothing of it, and takes a Person as any record', async () => {
    const node = await startNode();
    try {
      expect((await fhirRequest(`${node.origin}/api/population`)).status).to.equal(404);
      const match = await fhirRequest(`${node.base}/Patient/$match`, { method: 'POST', body: patient(li) });
      expect(match.status).to.be.oneOf([404, 405]);
      const body: Json = { resourceType: 'Person', active: true };
      expect((await fhirRequest(`${node.base}/Person`, { method: 'POST', body })).status).to.equal(201);
      const { text } = await fhirRequest(`${node.origin}/metrics`);
      expect(text).not.to.contain('rhie_mpi');
    } finally {
      await node.close();
    }
  });
});
