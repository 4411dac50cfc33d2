import { randomBytes } from 'node:crypto';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

import { fhirRequest, issuesOf } from '../support/fhir-request.js';
import { patient } from '../support/records.js';
import { startNode, type TestNode } from '../support/start-node.js';

const admittedBytes = 1_000_000;
/** Bodies of such a size: three of them exceed what is admitted. */
const largeBytes = 400_000;
const big = (language: string): string => JSON.stringify(patient({ language }));

/** A request whose body is begun; resolves once the server has taken so much of it that nothing waits to be sent. */
function begin(node: TestNode): Promise<ClientRequest> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(`${node.base}/Patient`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/fhir+json', 'Content-Length': String(2 * largeBytes) },
    });
    outgoing.on('error', () => undefined);
    outgoing.write(randomBytes(largeBytes), () => resolve(outgoing));
  });
}

const post = (node: TestNode, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fhirRequest(`${node.base}/Patient`, { method: 'POST', body, headers });

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

describe('bodies of many clients', () => {
  let node: TestNode;
  before(async () => {
    node = await startNode({ admittedBytes });
  });
  after(() => node.close());

  it('are counted while they come in: 503 beyond the admitted bytes, small ones are let in', async () => {
    const under = [await begin(node), await begin(node)];
    const large = big('x'.repeat(largeBytes));
    await until(async () => (await post(node, large)).status === 503);
    const refused = await post(node, large);
    expect([refused.status, refused.headers.get('retry-after')]).to.deep.equal([503, '1']);
    expect(issuesOf(refused)[0]?.code).to.equal('transient');
    expect((await post(node, JSON.stringify(patient()))).status).to.equal(201);
    for (const outgoing of under) outgoing.destroy();
    await until(async () => (await post(node, large)).status !== 503);
  });

  it('are counted as they unpack, and given back when they are answered', async () => {
    const packed = new Uint8Array(gzipSync(big('x'.repeat(0.9 * admittedBytes))));
    const gzip = { 'Content-Encoding': 'gzip' };
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await post(node, packed, gzip)).status),
    );
    expect(statuses).to.include(503);
    expect(new Set(statuses)).not.to.include(500);
    expect((await post(node, packed, gzip)).status).not.to.equal(503);
  });
});
