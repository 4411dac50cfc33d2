import jwt from 'jsonwebtoken';

import type { ClientRegistry, RegisteredClient } from './client-registry.js';
import { OAuthError } from './oauth-error.js';

export const assertionAlgorithms = ['RS384', 'ES384'] as const;

/** An assertion may live at most so long (SMART Backend Services: five minutes). */
const maxLifetimeSeconds = 300;
const leewaySeconds = 10;

export interface VerifiedAssertion {
  /** The client that signed. */
  readonly client: RegisteredClient;
  /** The client's name for the assertion. */
  readonly jti: string;
}

export interface AssertionVerifier {
  /** Throws OAuthError `invalid_client`. `nowMs` in milliseconds. */
  verify(assertion: string, nowMs: number): VerifiedAssertion;
}

/**
 * Checks a private_key_jwt client assertion (SMART Backend Services STU2, RFC 7523): registered client as `iss` and
 * `sub`, its key, `aud` one of our token endpoint's URLs, short life, and a `jti` that was not used before in this
 * process. An earlier process may have seen it: who issues a token keeps it in the store too.
 */
export function createAssertionVerifier(
  clients: ClientRegistry,
  audiences: () => readonly string[],
): AssertionVerifier {
  const used = new Map<string, number>();

  function refuseReplay(client: RegisteredClient, jti: string, nowSeconds: number): void {
    for (const [key, end] of used) {
      if (end >= nowSeconds) break;
      used.delete(key);
    }
    const key = `${client.id} ${jti}`;
    if (used.has(key))
      throw new OAuthError('invalid_client', 'the assertion was used before (jti)', client.id);
    used.set(key, nowSeconds + maxLifetimeSeconds + 2 * leewaySeconds);
  }

  return {
    verify(assertion, nowMs) {
      const nowSeconds = Math.floor(nowMs / 1000);
      const client = findClient(clients, assertion);
      const claims = checkSignature({ client, assertion, audiences: audiences(), nowSeconds });
      const { exp, iat, sub } = claims;
      const jti: unknown = claims.jti;
      if (sub !== client.id)
        throw new OAuthError('invalid_client', 'sub and iss must be the client id', client.id);
      if (exp === undefined || exp - nowSeconds > maxLifetimeSeconds + leewaySeconds) {
        throw new OAuthError('invalid_client', 'exp is missing or more than five minutes away', client.id);
      }
      if (iat !== undefined && (typeof iat !== 'number' || iat > nowSeconds + leewaySeconds)) {
        throw new OAuthError('invalid_client', 'iat is no time of the past', client.id);
      }
      if (typeof jti !== 'string' || jti === '' || jti.length > 255) {
        throw new OAuthError('invalid_client', 'jti is missing, too long or no text', client.id);
      }
      refuseReplay(client, jti, nowSeconds);
      return { client, jti };
    },
  };
}

function findClient(clients: ClientRegistry, assertion: string): RegisteredClient {
  const decoded = jwt.decode(assertion, { json: true });
  const client = typeof decoded?.iss === 'string' ? clients.get(decoded.iss) : undefined;
  if (!client) throw new OAuthError('invalid_client', 'the assertion is no JWT of a registered client');
  return client;
}

function checkSignature(check: {
  client: RegisteredClient;
  assertion: string;
  audiences: readonly string[];
  nowSeconds: number;
}): jwt.JwtPayload {
  const { client, assertion, audiences, nowSeconds } = check;
  const header = jwt.decode(assertion, { complete: true })?.header;
  const key = client.key(header?.kid);
  if (!key)
    throw new OAuthError('invalid_client', 'no registered key has the kid of the assertion', client.id);
  try {
    const claims = jwt.verify(assertion, key, {
      algorithms: [...assertionAlgorithms],
      issuer: client.id,
      audience: audiences as [string, ...string[]],
      clockTimestamp: nowSeconds,
      clockTolerance: leewaySeconds,
    });
    return typeof claims === 'string' ? {} : claims;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new OAuthError('invalid_client', `the assertion was refused: ${reason}`, client.id);
  }
}
