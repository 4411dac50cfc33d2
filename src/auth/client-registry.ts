import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

import { makePrincipal, type Principal } from './principal.js';
import { parseScope, type Scope } from './scope.js';

/** A system that may sign in, as the configuration names it. */
export interface ClientRegistration {
  readonly id: string;
  readonly kind: 'system' | 'node';
  readonly source: string;
  readonly idPrefix?: string;
  /** SMART v2 scopes, at most these are granted. */
  readonly scopes: readonly string[];
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
}

export interface RegisteredClient {
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** The client's key of that id; without an id the only key it has. */
  key(keyId: string | undefined): KeyObject | undefined;
  /** The caller with these (granted) scopes. */
  principal(scopes: readonly Scope[]): Principal;
}

export type ClientRegistry = ReadonlyMap<string, RegisteredClient>;

/** Throws an Error that names the client whose key or scope can't be read. */
export function createClientRegistry(registrations: readonly ClientRegistration[]): ClientRegistry {
  return new Map(registrations.map((registration) => [registration.id, registerClient(registration)]));
}

function registerClient(registration: ClientRegistration): RegisteredClient {
  const keys = registration.jwks.keys.map((jwk) => ({
    id: keyIdOf(jwk),
    key: readKey(registration.id, jwk),
  }));
  const { id, kind, source, idPrefix } = registration;
  return {
    id,
    scopes: registration.scopes.map((text) => {
      const scope = parseScope(text);
      if (scope?.context !== 'system')
        throw new Error(`client ${id}: ${text} is not a SMART v2 system scope`);
      return scope;
    }),
    key: (keyId) =>
      keyId === undefined
        ? keys.length === 1
          ? keys[0]?.key
          : undefined
        : keys.find((entry) => entry.id === keyId)?.key,
    principal: (scopes) =>
      makePrincipal({ id, kind, source, scopes, ...(idPrefix === undefined ? {} : { idPrefix }) }),
  };
}

const keyIdOf = (jwk: JsonWebKey): string | undefined =>
  typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined;

function readKey(clientId: string, jwk: JsonWebKey): KeyObject {
  if ('d' in jwk)
    throw new Error(`client ${clientId}: its JWKS holds a private key; register the public part only`);
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Error(`client ${clientId}: its JWKS holds a key that can't be read`, { cause });
  }
}
