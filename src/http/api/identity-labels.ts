import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import express, { type Router } from 'express';

import type { Steward } from '../../domain/mpi/index.js';

/** `GET /api/identity/labels`: every pair of Patients that a human decided, NDJSON, ids and levels of agreement only. */
export function identityLabelRoutes(steward: Pick<Steward, 'exportLabels'>): Router {
  const router = express.Router();
  router.get('/api/identity/labels', async (_request, response) => {
    response.type('application/x-ndjson');
    await pipeline(Readable.from(steward.exportLabels()), response);
  });
  return router;
}
