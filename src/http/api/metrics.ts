import express, { type Router } from 'express';
import type { Registry } from 'prom-client';

/** `/metrics` in Prometheus' text form; figures only, so that it needs no sign-in. */
export function metricsRoutes(registry: Registry): Router {
  const router = express.Router();
  router.get('/metrics', async (_request, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}
