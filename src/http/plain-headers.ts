import type { RequestHandler } from 'express';

import type { Ids } from '../ports/ids.js';
import { stateOf } from './request-state.js';

/** For the routes outside `/fhir`: the headers that every answer has. */
export function plainHeaders(fixedHeaders: readonly string[], ids: Ids): RequestHandler {
  return (request, response, next) => {
    const { requestId, correlationId } = stateOf(request, ids);
    for (let place = 0; place + 1 < fixedHeaders.length; place += 2) {
      response.setHeader(fixedHeaders[place] ?? '', fixedHeaders[place + 1] ?? '');
    }
    response.setHeader('X-Request-ID', requestId);
    if (correlationId !== undefined) response.setHeader('X-Correlation-ID', correlationId);
    next();
  };
}
