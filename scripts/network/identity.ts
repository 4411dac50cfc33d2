import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';

import type { Jwks } from '../../src/config/config.js';

/** A key pair drawn for this run: of a node, or of a hospital's system. */
export interface Identity {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly privatePem: string;
  readonly jwks: Jwks;
}

const keyId = '1';

export function createIdentity(id: string): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  return {
    id,
    privateKey,
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES384', use: 'sig' }] },
  };
}

/** A secret of 64 hexadecimal digits for signing access tokens. */
export const drawSecret = (): string => randomBytes(32).toString('hex');
