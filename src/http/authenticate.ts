import type { RequestHandler } from 'express';

import type { Authenticator } from '../auth/authenticator.js';

/** Sets `res.locals.principal` from the Authorization header; passes FhirError `unauthenticated` on. */
export function authenticate(authenticator: Authenticator): RequestHandler {
  return (req, res, next) => {
    res.locals['principal'] = authenticator.authenticate(req.headers.authorization);
    next();
  };
}
