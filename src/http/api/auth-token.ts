import express, { type ErrorRequestHandler, type Response, type Router } from 'express';

import type { Authenticator, TokenAnswer } from '../../auth/authenticator.js';
import { OAuthError } from '../../auth/oauth-error.js';
import { smartConfiguration } from '../../auth/smart-configuration.js';
import type { AuditTrail } from '../../domain/audit/index.js';

export interface AuthRoutesDeps {
  readonly authenticator: Pick<Authenticator, 'issueToken'>;
  /** `http://host:port` by which clients know the node. */
  readonly origin: () => string;
  readonly audit: Pick<AuditTrail, 'signedIn' | 'signInRefused'>;
}

const formLimitBytes = 32_768;

/** `POST /auth/token` and `.well-known/smart-configuration` (SMART Backend Services STU2). */
export function authRoutes({ authenticator, origin, audit }: AuthRoutesDeps): Router {
  const router = express.Router();
  router.get(['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'], (_req, res) => {
    res.set('Cache-Control', 'max-age=300').json(smartConfiguration(origin()));
  });

  async function signIn(body: unknown, requestId: string): Promise<TokenAnswer['body']> {
    const { principal, jti, body: token } = authenticator.issueToken(formOf(body));
    const isFirst = await audit.signedIn({ client: principal.id, status: 200, requestId, jti });
    if (isFirst) return token;
    throw new OAuthError('invalid_client', 'the assertion was used before (jti)', principal.id);
  }

  const refuse: ErrorRequestHandler = (...[thrown, , response, next]: Parameters<ErrorRequestHandler>) => {
    const error = thrown instanceof OAuthError ? thrown : unreadable(thrown);
    if (!error) {
      next(thrown);
      return;
    }
    const { status, code, message, clientId = '' } = error;
    audit.signInRefused({ client: clientId, status, requestId: requestIdOf(response) });
    response.set(unkept).status(status).json({ error: code, error_description: message });
  };

  router.post(
    '/auth/token',
    express.urlencoded({ extended: false, limit: formLimitBytes, parameterLimit: 20 }),
    async (request, response) => {
      response.set(unkept).json(await signIn(request.body, requestIdOf(response)));
    },
  );
  // Express tells an error handler by the number of its parameters.
  router.use('/auth/token', Object.defineProperty(refuse, 'length', { value: 4 }));
  return router;
}

const unkept = { 'Cache-Control': 'no-store', Pragma: 'no-cache' };

const requestIdOf = (response: Response): string => String(response.getHeader('X-Request-ID') ?? '');

/** What Express's own parser refuses, in the words of RFC 6749, section 5.2. */
function unreadable(thrown: unknown): OAuthError | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number')
    return undefined;
  if (thrown.status < 400 || thrown.status > 499) return undefined;
  return new OAuthError(
    'invalid_request',
    'the form can’t be read: too large, too many fields or badly encoded',
  );
}

/** Form fields that were given once; a field given twice counts as absent (RFC 6749, section 3.2). */
function formOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}
