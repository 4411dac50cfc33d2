import { expect } from 'chai';

import { createReviewSet } from '../../src/domain/mpi/registry/held/review-set.js';
import { standingPairs } from '../../src/domain/mpi/registry/records/decision.js';
import { fhirRequest } from '../support/fhir-request.js';
import { sendPatient } from '../support/mpi-requests.js';
import { patient } from '../support/patients.js';
import { li, wang, zhao } from '../support/steward-sketches.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('decisions that stand', () => {
  let node: TestNode;
  let ids: string[];
  beforeEach(async () => {
    node = await startNode();
    ids = [];
    for (const sketch of [li, zhao, wang]) ids.push(await sendPatient(node, patient(sketch)));
  });
  afterEach(() => node.close());

  const link = async (first = '', second = ''): Promise<string> => {
    const item = [first, second].map((id, place) => ({
      type: place === 0 ? 'source' : 'alternate',
      resource: { reference: `Patient/${id}` },
    }));
    const body = { resourceType: 'Linkage', item };
    return (await fhirRequest(`${node.base}/Linkage`, { method: 'POST', body })).json['id'] as string;
  };

  it('are one list whichever of their Patients is asked about, so that they are worked out once', async () => {
    await link(ids[0], ids[1]);
    const set = createReviewSet(node.store);
    const [of, same] = [await set.decisionsOf(ids.slice(0, 1)), await set.decisionsOf(ids.slice(1))];
    expect(of).to.have.length(1);
    expect(same).to.equal(of);
    expect(standingPairs(same)).to.equal(standingPairs(of));
  });

  it('are another list once one more was made, or one was changed', async () => {
    const id = await link(ids[0], ids[1]);
    const set = createReviewSet(node.store);
    await set.decisionsOf(ids);
    await link(ids[1], ids[2]);
    set.decisionsChanged();
    expect(await set.decisionsOf(ids)).to.have.length(2);
    const item = [ids[0], ids[2]].map((patientId, place) => ({
      type: place === 0 ? 'source' : 'alternate',
      resource: { reference: `Patient/${patientId ?? ''}` },
    }));
    const body = { resourceType: 'Linkage', id, item };
    await fhirRequest(`${node.base}/Linkage/${id}`, { method: 'PUT', body });
    set.decisionsChanged();
    const changed = (await set.decisionsOf(ids)).find((decision) => decision.id === id);
    expect(changed?.groups).to.deep.equal([[ids[0]], [ids[2]]]);
  });
});
