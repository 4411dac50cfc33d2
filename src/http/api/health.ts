import express, { type Router } from 'express';

import type { Store } from '../../ports/store.js';

/**
 * `/health/live`: the process answers. `/health/ready`: it takes clients' writes; 503 while the store can't be reached or
 * while a restored node waits for what it lost (it serves reads and replicas all the while).
 */
export function healthRoutes(store: Pick<Store, 'ping' | 'status'>): Router {
  const router = express.Router();
  router.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  router.get('/health/ready', async (_request, response) => {
    const status = await readiness(store);
    response.status(status === 'ready' ? 200 : 503).json({ status });
  });
  return router;
}

async function readiness(
  store: Pick<Store, 'ping' | 'status'>,
): Promise<'ready' | 'restored' | 'unreachable'> {
  try {
    await store.ping();
    return (await store.status()).state === 'restored' ? 'restored' : 'ready';
  } catch {
    return 'unreachable';
  }
}
