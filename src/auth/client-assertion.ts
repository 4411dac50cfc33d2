import { createPrivateKey, type KeyObject } from 'node:crypto';

import jwt from 'jsonwebtoken';

export interface AssertionRequest {
  readonly clientId: string;
  /** The token endpoint's URL. */
  readonly audience: string;
  readonly key: KeyObject;
  readonly keyId: string;
  /** Unique a request. */
  readonly jti: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

const lifetimeSeconds = 240;

/** Reads a private key in PEM (EC P-384 or RSA); throws an Error without quoting it. */
export function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error('the private key is no readable PEM');
  }
  if (algorithmOf(key) === undefined) throw new Error('the private key must be EC P-384 or RSA');
  return key;
}

/** A private_key_jwt assertion as SMART Backend Services asks for it. */
export function signClientAssertion(request: AssertionRequest): string {
  const now = Math.floor(request.nowMs / 1000);
  return jwt.sign(
    {
      iss: request.clientId,
      sub: request.clientId,
      aud: request.audience,
      jti: request.jti,
      iat: now,
      exp: now + lifetimeSeconds,
    },
    request.key,
    { algorithm: algorithmOf(request.key) ?? 'ES384', keyid: request.keyId },
  );
}

function algorithmOf(key: KeyObject): 'RS384' | 'ES384' | undefined {
  if (key.asymmetricKeyType === 'rsa') return 'RS384';
  return key.asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : undefined;
}
