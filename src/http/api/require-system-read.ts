import type { RequestHandler } from 'express';

import type { Principal } from '../../auth/principal.js';
import { requireScope } from '../../auth/require-scope.js';

/** The console's API shows figures of all types: asks for a scope `system/*.r`. Comes after authenticate.ts. */
export const requireSystemRead: RequestHandler = (_request, response, next) => {
  const { principal } = response.locals as { principal: Principal };
  requireScope(principal, '*', 'r');
  next();
};
