import { randomUUID, type KeyObject } from 'node:crypto';

import { expect } from 'chai';

import { signClientAssertion } from '../../src/auth/client-assertion.js';
import { fhirRequest } from '../support/fhir-request.js';
import { makeClient, signIn } from '../support/sign-in.js';
import { startNode, type TestNode } from '../support/start-node.js';

describe('sign-in', () => {
  const audience = 'https://hie.test/auth/token';
  const client = makeClient({ id: 'his-1', source: 'hospital-1', scopes: ['system/*.cruds'] });
  let node: TestNode;
  before(async () => {
    node = await startNode({ clients: [client.registration], audience });
  });
  after(() => node.close());
  const assertion = (key: KeyObject = client.privateKey): string =>
    signClientAssertion({
      clientId: 'his-1',
      audience,
      key,
      keyId: 'k1',
      jti: randomUUID(),
      nowMs: Date.now(),
    });
  const ask = async (origin: string, fields: Record<string, string>) => {
    const response = await fetch(`${origin}/auth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        scope: 'system/*.r',
        ...fields,
      }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const rows = async (action: string) => {
    await node.audit.flush();
    return node.store.readAudit({ action, limit: 100 });
  };

  it('takes an assertion once, also when the node was started again in between', async () => {
    const again = await startNode({ clients: [client.registration], audience, store: node.store });
    const fields = { client_assertion: assertion() };
    expect((await ask(node.origin, fields)).status).to.equal(200);
    for (const { origin } of [node, again]) {
      const { status, body } = await ask(origin, fields);
      expect([status, body['error']]).to.deep.equal([401, 'invalid_client']);
    }
    expect((await ask(again.origin, { client_assertion: assertion() })).status).to.equal(200);
    await again.close();
  });

  it('answers in the words of OAuth to a form that is too large or has too many fields', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${String(n)}`, 'x']));
    for (const fields of [{ client_assertion: 'x'.repeat(40_000) }, many]) {
      const { status, body } = await ask(node.origin, fields);
      expect([status, body['error']]).to.deep.equal([400, 'invalid_request']);
    }
  });

  it('keeps an audit row of every success, and one a second of what fails the same way', async () => {
    const [before, refused] = [await rows('sign-in'), await rows('refuse')];
    for (let n = 0; n < 3; n++) await signIn(node.origin, client, 'system/*.r');
    const wrong = makeClient({ id: 'his-1', source: 'x', scopes: [] }).privateKey;
    for (let n = 0; n < 40; n++) await ask(node.origin, { client_assertion: assertion(wrong) });
    for (let n = 0; n < 40; n++) await fhirRequest(`${node.base}/Patient/${String(n)}`);
    const signIns = (await rows('sign-in')).slice(0, -before.length);
    expect(signIns.filter(({ status }) => status === 200)).to.have.length(3);
    const failed = signIns.filter(({ status, principal }) => status === 401 && principal === 'his-1');
    expect(failed.length).to.be.within(1, 10);
    expect((await rows('refuse')).length - refused.length).to.be.within(1, 10);
  });
});
