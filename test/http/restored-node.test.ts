import { expect } from 'chai';

import { fhirRequest, issuesOf, referenceIn } from '../support/fhir-request.js';
import { patient, postEntry, transactionOf } from '../support/records.js';
import { startNode } from '../support/start-node.js';

describe('a restored node', () => {
  it('serves reads, refuses writes with 503 and is not ready until it has recovered', async () => {
    const node = await startNode();
    const post = () => fhirRequest(`${node.base}/Patient`, { method: 'POST', body: patient() });
    const url = `${node.base}/${referenceIn((await post()).headers.get('location'))}`;
    await node.store.commit({ changes: [{ kind: 'restored', lastSequence: 1 }], guards: [] });
    const whole = await fhirRequest(node.base, { method: 'POST', body: transactionOf(postEntry(patient())) });
    for (const refused of [await post(), await fhirRequest(url, { method: 'DELETE' }), whole]) {
      expect(refused.status).to.equal(503);
      expect(Number(refused.headers.get('retry-after'))).to.be.greaterThan(0);
      expect(issuesOf(refused)[0]?.code).to.equal('transient');
    }
    expect((await fhirRequest(url)).status).to.equal(200);
    expect((await fhirRequest(`${node.origin}/health/ready`)).status).to.equal(503);
    await node.store.commit({ changes: [{ kind: 'recovered' }], guards: [] });
    expect((await post()).status).to.equal(201);
    expect((await fhirRequest(`${node.origin}/health/ready`)).status).to.equal(200);
    await node.close();
  });
});
