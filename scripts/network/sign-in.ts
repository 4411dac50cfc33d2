import { randomUUID } from 'node:crypto';

import { signClientAssertion } from '../../src/auth/client-assertion.js';
import type { Identity } from './identity.js';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Signs in at a node as a registered system would (SMART Backend Services); gives an access token. */
export async function signIn(origin: string, client: Identity, scope = 'system/*.cruds'): Promise<string> {
  const endpoint = `${origin}/auth/token`;
  const assertion = signClientAssertion({
    clientId: client.id,
    audience: endpoint,
    key: client.privateKey,
    keyId: '1',
    jti: randomUUID(),
    nowMs: Date.now(),
  });
  const answer = await fetch(endpoint, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: assertionType,
      client_assertion: assertion,
      scope,
    }),
  });
  const body = (await answer.json()) as { access_token?: string; error_description?: string };
  if (!body.access_token) throw new Error(`sign-in was refused: ${body.error_description ?? answer.status}`);
  return body.access_token;
}
