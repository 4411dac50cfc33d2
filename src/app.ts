import type { RequestListener } from 'node:http';

import express, { type Express } from 'express';

import { authRoutes } from './http/api/auth-token.js';
import { healthRoutes } from './http/api/health.js';
import { metricsRoutes } from './http/api/metrics.js';
import { requireSystemRead } from './http/api/require-system-read.js';
import { volumeRoutes } from './http/api/volumes.js';
import type { AppDeps } from './http/app-deps.js';
import { authenticate } from './http/authenticate.js';
import { createSendError, errorHandler, type SendError } from './http/error-handler.js';
import { fhirRouter } from './http/fhir-router.js';
import { createMetrics, createRequestCounters, noExchange, type RequestCounters } from './http/metrics.js';
import { nothingHere } from './http/nothing-here.js';
import { plainHeaders } from './http/plain-headers.js';
import { routeTable } from './http/route-table.js';
import type { Route } from './http/route.js';
import { securityHeaders } from './http/security-headers.js';
import { createSendAnswer } from './http/send-answer.js';

/** Patients' data stays out of caches. */
const noStore = ['Cache-Control', 'no-store'];

export type { AppDeps } from './http/app-deps.js';

/** The whole HTTP side without a port: FHIR from the route table, everything else by Express. */
export function createApp(deps: AppDeps): RequestListener {
  const { audit, ids, logger, authenticator } = deps;
  const fixedHeaders = [...securityHeaders(), ...noStore];
  const counters = createRequestCounters();
  const send = createSendAnswer({ fixedHeaders, counters, logger });
  const sendError = createSendError({ audit, ids, logger, send });
  const fhir = fhirRouter({
    routes: fhirRoutes(deps),
    authenticator,
    ids,
    bodyLimitBytes: deps.bodyLimitBytes,
    admission: deps.admission,
    base: () => `${deps.origin()}/fhir`,
    send,
    sendError,
  });
  const rest = createRest(deps, { fixedHeaders, counters, sendError });
  return (request, response) => {
    if (!fhir(request, response)) rest(request, response);
  };
}

interface RestParts {
  readonly fixedHeaders: readonly string[];
  readonly counters: RequestCounters;
  readonly sendError: SendError;
}

/** Sign-in, health, metrics and the API of figures and streams. */
function createRest(deps: AppDeps, { fixedHeaders, counters, sendError }: RestParts): Express {
  const { store, audit, ids, authenticator } = deps;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(plainHeaders(fixedHeaders, ids));
  app.use(authRoutes({ authenticator, origin: deps.origin, audit }));
  const exchange = deps.exchange ?? noExchange;
  app.use(healthRoutes({ store, holdsWrites: exchange.holdsWrites }));
  const { persons } = deps;
  app.use(metricsRoutes(createMetrics({ counters, store, exchange, ...(persons ? { persons } : {}) })));
  app.use('/api', authenticate(authenticator), requireSystemRead);
  app.use(volumeRoutes(store), ...deps.apiRoutes);
  app.use(nothingHere);
  app.use(errorHandler(sendError));
  return app;
}

const fhirRoutes = (deps: AppDeps): readonly Route[] =>
  routeTable({
    records: deps.records,
    counts: deps.search,
    facts: {
      nodeName: deps.node.name,
      version: deps.node.version,
      date: new Date(deps.clock.now()).toISOString(),
      signIn: deps.node.signIn,
      personIndex: deps.persons !== undefined,
    },
    operations: deps.operations,
  });
