import express, { type Router } from 'express';

import type { Authenticator } from '../../auth/authenticator.js';
import { OAuthError } from '../../auth/oauth-error.js';
import { smartConfiguration } from '../../auth/smart-configuration.js';
import type { Clock } from '../../ports/clock.js';
import type { AuditRow } from '../../ports/store.js';

export interface AuthRoutesDeps {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  /** `http://host:port` by which clients know the node. */
  readonly origin: () => string;
  /** Resolves when the row is durable. */
  readonly recordAudit: (row: AuditRow) => Promise<void>;
}

const formLimitBytes = 32_768;

/** `POST /auth/token` and `.well-known/smart-configuration` (SMART Backend Services STU2). */
export function authRoutes(deps: AuthRoutesDeps): Router {
  const router = express.Router();
  router.get(['/.well-known/smart-configuration', '/fhir/.well-known/smart-configuration'], (_req, res) => {
    res.set('Cache-Control', 'max-age=300').json(smartConfiguration(deps.origin()));
  });
  router.post(
    '/auth/token',
    express.urlencoded({ extended: false, limit: formLimitBytes, parameterLimit: 20 }),
    async (req, res) => {
      res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
      const requestId = String(res.getHeader('X-Request-ID') ?? '');
      const audit = (principal: string, status: number): Promise<void> =>
        deps.recordAudit({
          at: new Date(deps.clock.now()).toISOString(),
          action: 'sign-in',
          principal,
          target: '',
          status,
          requestId,
        });
      try {
        const answer = deps.authenticator.issueToken(formOf(req.body));
        await audit(answer.principal.id, 200);
        res.json(answer.body);
      } catch (error) {
        if (!(error instanceof OAuthError)) throw error;
        await audit(error.clientId ?? '', error.status);
        res.status(error.status).json({ error: error.code, error_description: error.message });
      }
    },
  );
  return router;
}

/** Form fields that were given once; a field given twice counts as absent (RFC 6749, section 3.2). */
function formOf(body: unknown): Record<string, string> {
  if (typeof body !== 'object' || body === null) return {};
  return Object.fromEntries(
    Object.entries(body).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}
