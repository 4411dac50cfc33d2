import jwt from 'jsonwebtoken';

import { fhirError } from '../fhir/fhir-error.js';
import type { Clock } from '../ports/clock.js';
import { createClientRegistry, type ClientRegistration, type ClientRegistry } from './client-registry.js';
import { OAuthError } from './oauth-error.js';
import { makePrincipal, type Principal } from './principal.js';
import { formatScope, grantScopes, parseScope, type Scope } from './scope.js';
import { createAssertionVerifier } from './verify-assertion.js';

export interface AuthenticatorSettings {
  readonly nodeId: string;
  readonly clients: readonly ClientRegistration[];
  /** Signs access tokens (HS256); at least 32 characters. */
  readonly secret: string;
  readonly tokenLifetimeSeconds: number;
  /** URLs by which clients know `/auth/token`; asked at each sign-in, since a port may be chosen when listening. */
  readonly audiences: () => readonly string[];
  readonly clock: Clock;
}

/** The form of a token request (RFC 6749, section 4.4, with RFC 7523's client assertion). */
export type TokenForm = Readonly<Record<string, string | undefined>>;

export interface TokenAnswer {
  readonly principal: Principal;
  /** The client's name for its assertion, which must not come again; also not after a restart. */
  readonly jti: string;
  readonly body: {
    readonly access_token: string;
    readonly token_type: 'bearer';
    readonly expires_in: number;
    readonly scope: string;
  };
}

export interface Authenticator {
  /** The caller behind an Authorization header; throws FhirError `unauthenticated`. */
  authenticate(authorization: string | undefined): Principal;
  /** SMART Backend Services; throws OAuthError. */
  issueToken(form: TokenForm): TokenAnswer;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const cacheSize = 10_000;

/** Sign-in of systems. A token is verified once and then known by its text until it expires. */
export function createAuthenticator(settings: AuthenticatorSettings): Authenticator {
  const clients = createClientRegistry(settings.clients);
  const assertions = createAssertionVerifier(clients, settings.audiences);
  const known = new Map<string, { principal: Principal; expiresMs: number }>();

  function remember(token: string, principal: Principal, expiresMs: number): void {
    if (known.size >= cacheSize) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    known.set(token, { principal, expiresMs });
  }

  return {
    authenticate(authorization) {
      const token = bearerToken(authorization);
      const nowMs = settings.clock.now();
      const entry = known.get(token);
      if (entry) {
        if (entry.expiresMs > nowMs) return entry.principal;
        known.delete(token);
      }
      const { principal, expiresMs } = verifyToken({ settings, clients, token, nowMs });
      remember(token, principal, expiresMs);
      return principal;
    },
    issueToken(form) {
      if (form['grant_type'] !== 'client_credentials') {
        throw new OAuthError('unsupported_grant_type', 'grant_type must be client_credentials');
      }
      if (form['client_assertion_type'] !== assertionType || !form['client_assertion']) {
        throw new OAuthError(
          'invalid_request',
          `client_assertion with client_assertion_type ${assertionType} is required`,
        );
      }
      const nowMs = settings.clock.now();
      const { client, jti } = assertions.verify(form['client_assertion'], nowMs);
      const scopes = grantScopes(readScopes(form['scope'], client.id), client.scopes);
      if (scopes.length === 0)
        throw new OAuthError('invalid_scope', 'none of the scopes is registered for the client', client.id);
      const principal = client.principal(scopes);
      return { principal, jti, body: signToken(settings, principal, nowMs) };
    },
  };
}

function bearerToken(authorization: string | undefined): string {
  if (
    authorization === undefined ||
    authorization.length < 8 ||
    authorization.slice(0, 7).toLowerCase() !== 'bearer '
  ) {
    throw fhirError(
      'unauthenticated',
      'login',
      'A bearer token is required (SMART Backend Services, POST /auth/token)',
    );
  }
  return authorization.slice(7).trim();
}

/** The system scopes among those asked for; what else stands there, such as `openid`, is not granted. */
function readScopes(text: string | undefined, clientId: string): Scope[] {
  const words = new Set((text ?? '').split(' ').filter((word) => word !== ''));
  if (words.size === 0) throw new OAuthError('invalid_scope', 'scope is required', clientId);
  const scopes = [...words]
    .map(parseScope)
    .filter((scope) => scope !== undefined)
    .filter((scope) => scope.context === 'system');
  if (scopes.length === 0)
    throw new OAuthError('invalid_scope', 'no scope is a SMART v2 system scope', clientId);
  return scopes;
}

function signToken(
  settings: AuthenticatorSettings,
  principal: Principal,
  nowMs: number,
): TokenAnswer['body'] {
  const scope = principal.scopes.map(formatScope).join(' ');
  const issuedAt = Math.floor(nowMs / 1000);
  const accessToken = jwt.sign(
    {
      sub: principal.id,
      iss: settings.nodeId,
      scope,
      iat: issuedAt,
      exp: issuedAt + settings.tokenLifetimeSeconds,
    },
    settings.secret,
    { algorithm: 'HS256' },
  );
  return {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: settings.tokenLifetimeSeconds,
    scope,
  };
}

function verifyToken(check: {
  settings: AuthenticatorSettings;
  clients: ClientRegistry;
  token: string;
  nowMs: number;
}): { principal: Principal; expiresMs: number } {
  const { settings, clients, token, nowMs } = check;
  try {
    const claims = jwt.verify(token, settings.secret, {
      algorithms: ['HS256'],
      issuer: settings.nodeId,
      clockTimestamp: Math.floor(nowMs / 1000),
    });
    if (typeof claims === 'string' || claims.exp === undefined) throw new Error('no expiry');
    const client = clients.get(claims.sub ?? '');
    if (!client) throw new Error('client no longer registered');
    const asked = String(claims['scope'])
      .split(' ')
      .map(parseScope)
      .filter((scope) => scope !== undefined);
    return { principal: client.principal(grantScopes(asked, client.scopes)), expiresMs: claims.exp * 1000 };
  } catch (cause) {
    const expired = cause instanceof jwt.TokenExpiredError;
    throw fhirError(
      'unauthenticated',
      'login',
      expired ? 'The token has expired' : 'The token is not valid here',
    );
  }
}

/** Everybody may do everything: for a node on a loopback address that was started so on purpose. */
export function createOpenAuthenticator(nodeId: string): Authenticator {
  const scope = parseScope('system/*.cruds');
  const principal = makePrincipal({
    id: 'anonymous',
    kind: 'anonymous',
    source: nodeId,
    scopes: scope ? [scope] : [],
  });
  return {
    authenticate: () => principal,
    issueToken: () => {
      throw new OAuthError('invalid_request', 'this node runs without sign-in');
    },
  };
}
