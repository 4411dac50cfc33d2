import type { Clock } from '../../ports/clock.js';
import type { TokenSource } from '../../ports/token-source.js';

export interface TokenSourceSettings {
  /** The peer's token endpoint, `https://city.example.org/auth/token`. */
  readonly tokenUrl: string;
  /** SMART v2 system scopes to ask for. */
  readonly scope: string;
  /** A private_key_jwt client assertion for that endpoint. */
  readonly sign: (audience: string) => string;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** A token is renewed when so much of its life is left. */
const marginMs = 10_000;

/** SMART Backend Services as a client: signs in with an assertion, keeps the token until shortly before it expires. */
export function createTokenSource(settings: TokenSourceSettings): TokenSource {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  let asking: Promise<string> | undefined;

  async function signIn(): Promise<string> {
    const { token, lifetimeMs } = await requestToken(settings);
    kept = { token, untilMs: settings.clock.now() + lifetimeMs - Math.min(marginMs, lifetimeMs / 2) };
    return token;
  }

  return {
    token() {
      if (kept && kept.untilMs > settings.clock.now()) return Promise.resolve(kept.token);
      asking ??= signIn().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    discard(token) {
      if (kept?.token === token) kept = undefined;
    },
  };
}

async function requestToken(settings: TokenSourceSettings): Promise<{ token: string; lifetimeMs: number }> {
  const { tokenUrl, scope, sign, timeoutMs } = settings;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: sign(tokenUrl),
  });
  let response: Response;
  let body: unknown;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    response = await fetch(tokenUrl, {
      method: 'POST',
      body: form,
      headers: { accept: 'application/json' },
      signal,
    });
    body = await response.json();
  } catch {
    throw new Error('the peer’s sign-in did not answer');
  }
  if (!response.ok) throw new Error(`the peer’s sign-in answered ${String(response.status)}`);
  const { access_token: token, expires_in: seconds } = body as {
    access_token?: unknown;
    expires_in?: unknown;
  };
  if (typeof token !== 'string' || typeof seconds !== 'number') {
    throw new Error('the peer’s sign-in gave no token');
  }
  return { token, lifetimeMs: seconds * 1000 };
}
