import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';

import type { ClientRegistration } from '../../src/auth/client-registry.js';

export interface TestClient {
  readonly registration: ClientRegistration;
  readonly privateKey: KeyObject;
}

/** A client with a fresh key pair (ES384). */
export function makeClient(
  fields: Omit<ClientRegistration, 'jwks' | 'kind'> & Partial<Pick<ClientRegistration, 'kind'>>,
): TestClient {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES384' };
  return { registration: { kind: 'system', ...fields, jwks: { keys: [key] } }, privateKey };
}

/** An access token by SMART Backend Services, over HTTP. */
export async function signIn(origin: string, client: TestClient, scope: string): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const { id } = client.registration;
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ alg: 'ES384', typ: 'JWT', kid: 'k1' });
  const claims = { iss: id, sub: id, aud: `${origin}/auth/token`, exp: nowSeconds + 120, jti: randomUUID() };
  const signed = `${head}.${encode(claims)}`;
  const signature = sign('sha384', Buffer.from(signed), {
    key: client.privateKey,
    dsaEncoding: 'ieee-p1363',
  });
  const response = await fetch(`${origin}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${signature.toString('base64url')}`,
      scope,
    }),
  });
  const body = (await response.json()) as { access_token?: string };
  if (body.access_token === undefined) throw new Error(`sign-in was refused with ${String(response.status)}`);
  return body.access_token;
}
