import express, { type Router } from 'express';

import type { Store } from '../../ports/store.js';

export interface HealthDeps {
  readonly store: Pick<Store, 'ping' | 'status'>;
  /** Clients' writes wait for the peers. */
  readonly holdsWrites: () => boolean;
}

type Readiness = 'ready' | 'copied' | 'restored' | 'failing' | 'unreachable';

/**
 * `/health/live`: the process answers. `/health/ready`: it takes clients' writes; 503 while the store can't be reached
 * (`unreachable`) or its disk fails commits (`failing`), while data that may be an old copy wait for the peers
 * (`copied`), and while a restored node waits for what it lost (it serves reads and replicas all the while).
 */
export function healthRoutes(deps: HealthDeps): Router {
  const router = express.Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/health/ready', async (_request, response) => {
    const status = await readiness(deps);
    response.status(status === 'ready' ? 200 : 503).json({ status });
  });
  return router;
}

async function readiness({ store, holdsWrites }: HealthDeps): Promise<Readiness> {
  // A failing store tries a small commit here; that it fails still is told by the status.
  const reached = await store.ping().then(
    () => true,
    () => false,
  );
  try {
    const { state, failing } = await store.status();
    if (failing) return 'failing';
    if (!reached) return 'unreachable';
    if (state === 'restored') return 'restored';
    return holdsWrites() ? 'copied' : 'ready';
  } catch {
    return 'unreachable';
  }
}
