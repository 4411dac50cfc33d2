import type { RequestHandler } from 'express';

import type { Principal } from '../../auth/principal.js';
import { notForNodes, requireScope } from '../../auth/require-scope.js';

/** What peer nodes ask each other below `/api`. */
const betweenNodes = /^\/(exchange\/(positions|digests|versions|fetch)|exceptions)$/;

/**
 * The console's API shows figures of all types: asks for a scope `system/*.r`. A peer node gets what nodes ask each
 * other and nothing else. Mounted at `/api`, after authenticate.ts.
 */
export const requireSystemRead: RequestHandler = (request, response, next) => {
  const { principal } = response.locals as { principal: Principal };
  requireScope(principal, '*', 'r');
  if (principal.kind === 'node' && !betweenNodes.test(request.path)) throw notForNodes();
  next();
};
