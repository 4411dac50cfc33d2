import { generateKeyPairSync, type KeyObject } from 'node:crypto';

import { expect } from 'chai';
import jwt from 'jsonwebtoken';

import { createAuthenticator, type Authenticator } from '../../src/auth/authenticator.js';
import { signClientAssertion } from '../../src/auth/client-assertion.js';
import { OAuthError } from '../../src/auth/oauth-error.js';
import { requireScope } from '../../src/auth/require-scope.js';
import { FhirError } from '../../src/fhir/fhir-error.js';

const audience = 'http://127.0.0.1:8080/auth/token';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describe('authenticator', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const other = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  let now: number;
  let jti = 0;
  let authenticator: Authenticator;

  beforeEach(() => {
    now = Date.parse('2026-11-24T03:00:00Z');
    authenticator = createAuthenticator({
      nodeId: 'county',
      clients: [
        {
          id: 'his',
          kind: 'system',
          source: 'hospital',
          idPrefix: 'h-',
          scopes: ['system/Patient.cru', 'system/Observation.rs'],
          jwks: { keys: [{ ...ec.publicKey.export({ format: 'jwk' }), kid: 'k1' }] },
        },
      ],
      secret: '8b1f0c5e9d2a47366f1e0b9c8d7a6e5f',
      tokenLifetimeSeconds: 60,
      audiences: () => [audience],
      clock: { now: () => now },
    });
  });

  const assert = (
    change: { key?: KeyObject; audience?: string; keyId?: string; clientId?: string; jti?: string } = {},
  ): string =>
    signClientAssertion({
      clientId: change.clientId ?? 'his',
      audience: change.audience ?? audience,
      key: change.key ?? ec.privateKey,
      keyId: change.keyId ?? 'k1',
      jti: change.jti ?? `j${++jti}`,
      nowMs: now,
    });
  const form = (
    assertion: string,
    scope = 'system/Patient.cruds system/Observation.r',
  ): Record<string, string> => ({
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: assertion,
    scope,
  });
  const refusal = (fields: Record<string, string>): string => {
    try {
      authenticator.issueToken(fields);
    } catch (error) {
      if (error instanceof OAuthError) return error.code;
      throw error;
    }
    return 'issued';
  };

  it('grants what of the asked scopes is registered, and knows the caller by the token', () => {
    const { body } = authenticator.issueToken(form(assert()));
    expect(body.scope).to.equal('system/Patient.cru system/Observation.r');
    const principal = authenticator.authenticate(`Bearer ${body.access_token}`);
    expect(principal).to.include({ id: 'his', source: 'hospital', idPrefix: 'h-', kind: 'system' });
    requireScope(principal, 'Patient', 'u');
    expect(() => requireScope(principal, 'Patient', 'd')).to.throw(FhirError);
    expect(() => requireScope(principal, '*', 'r')).to.throw(FhirError);
  });

  it('refuses a token after its life, also when it was seen before', () => {
    const { body } = authenticator.issueToken(form(assert()));
    authenticator.authenticate(`Bearer ${body.access_token}`);
    now += 61_000;
    expect(() => authenticator.authenticate(`Bearer ${body.access_token}`)).to.throw(/expired|valid/);
  });

  it('refuses a missing, foreign, cut and unsigned token', () => {
    const { body } = authenticator.issueToken(form(assert()));
    const [head, claims] = body.access_token.split('.');
    const unsigned = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${claims ?? ''}.`;
    for (const header of [
      undefined,
      'Basic x',
      'Bearer x',
      `Bearer ${head}.${claims}.AAAA`,
      `Bearer ${unsigned}`,
    ]) {
      expect(() => authenticator.authenticate(header), String(header).slice(0, 8)).to.throw(FhirError);
    }
  });

  it('refuses another key, another audience, an unknown kid, an unknown client and a used jti', () => {
    expect(refusal(form(assert({ key: other.privateKey })))).to.equal('invalid_client');
    expect(refusal(form(assert({ audience: 'http://elsewhere/auth/token' })))).to.equal('invalid_client');
    expect(refusal(form(assert({ keyId: 'k2' })))).to.equal('invalid_client');
    expect(refusal(form(assert({ clientId: 'nobody' })))).to.equal('invalid_client');
    const once = assert({ jti: 'same' });
    expect(refusal(form(once))).to.equal('issued');
    expect(refusal(form(once))).to.equal('invalid_client');
  });

  it('refuses a jti that is no text and an iat to come', () => {
    const sign = (claims: object): string =>
      jwt.sign(
        {
          iss: 'his',
          sub: 'his',
          aud: audience,
          exp: Math.floor(now / 1000) + 200,
          jti: `j${++jti}`,
          ...claims,
        },
        ec.privateKey,
        { algorithm: 'ES384', keyid: 'k1', noTimestamp: !('iat' in claims) },
      );
    expect(refusal(form(sign({})))).to.equal('issued');
    for (const wrong of [7, ['j'], { j: 1 }, '', 'x'.repeat(256), null]) {
      expect(refusal(form(sign({ jti: wrong }))), JSON.stringify(wrong)).to.equal('invalid_client');
    }
    expect(refusal(form(sign({ iat: Math.floor(now / 1000) + 7200 })))).to.equal('invalid_client');
    expect(refusal(form(sign({ iat: Math.floor(now / 1000) })))).to.equal('issued');
  });

  it('grants the system scopes among others', () => {
    const { body } = authenticator.issueToken(
      form(assert(), 'openid system/Patient.r user/Patient.u fhirUser'),
    );
    expect(body.scope).to.equal('system/Patient.r');
  });

  it('refuses an assertion that is too old', () => {
    const assertion = assert();
    now += 300_000;
    expect(refusal(form(assertion))).to.equal('invalid_client');
  });

  it('refuses scopes that are not registered or no scopes, and other grants', () => {
    expect(refusal(form(assert(), 'system/Task.r'))).to.equal('invalid_scope');
    expect(refusal(form(assert(), ''))).to.equal('invalid_scope');
    expect(refusal(form(assert(), 'user/Patient.r'))).to.equal('invalid_scope');
    expect(refusal({ grant_type: 'password' })).to.equal('unsupported_grant_type');
    expect(refusal({ grant_type: 'client_credentials' })).to.equal('invalid_request');
  });
});
