import express, { type Router } from 'express';

import type { Population } from '../../domain/mpi/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { isValidId } from '../../fhir/id-rules.js';
import type { Store } from '../../ports/store.js';
import { wholeNumber } from './exchange-peers.js';

export interface PopulationRoutesDeps {
  readonly population: () => Promise<Population>;
  readonly store: Pick<Store, 'unmatchable'>;
}

const mostListed = 1000;

/**
 * `GET /api/population`: how many people the node knows, by county. `GET /api/population/unmatched?after=&limit=`: ids of
 * the Patients that say nothing to match on, in the order of their arrival; `nextAfter` where there are more.
 */
export function populationRoutes({ population, store }: PopulationRoutesDeps): Router {
  const router = express.Router();
  router.get('/api/population', async (_request, response) => {
    response.json(await population());
  });
  router.get('/api/population/unmatched', async (request, response) => {
    const after = afterFrom(request.query['after']);
    const limit = wholeNumber(request.query['limit'], { name: 'limit', most: mostListed, otherwise: 100 });
    const found = await store.unmatchable({ limit: limit + 1, ...(after === undefined ? {} : { after }) });
    const patients = found.slice(0, limit);
    const nextAfter = found.length > limit ? patients.at(-1) : undefined;
    response.json({ patients, ...(nextAfter === undefined ? {} : { nextAfter }) });
  });
  return router;
}

function afterFrom(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && isValidId(value)) return value;
  throw fhirError('malformed', 'value', 'after must be the id of a Patient');
}
