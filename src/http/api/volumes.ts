import express, { type Router } from 'express';

import { fhirError } from '../../fhir/fhir-error.js';
import type { CountSeries, Store } from '../../ports/store.js';

const series: readonly CountSeries[] = ['accepted', 'refused', 'replicated', 'reported', 'acknowledged'];

/** `GET /api/volumes?from=YYYY-MM-DD&to=YYYY-MM-DD&series=`: what was counted, by day, series, type, source and peer. */
export function volumeRoutes(store: Pick<Store, 'counts'>): Router {
  const router = express.Router();
  router.get('/api/volumes', async (request, response) => {
    const from = dayOf(request.query['from'], 'from');
    const to = dayOf(request.query['to'], 'to');
    const wanted = seriesOf(request.query['series']);
    const volumes = await store.counts({
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(wanted === undefined ? {} : { series: wanted }),
    });
    response.json({ volumes });
  });
  return router;
}

function dayOf(value: unknown, name: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  throw fhirError('malformed', 'value', `${name} must be a day, YYYY-MM-DD`);
}

function seriesOf(value: unknown): CountSeries | undefined {
  if (value === undefined) return undefined;
  const found = series.find((name) => name === value);
  if (found) return found;
  throw fhirError('malformed', 'value', `series must be one of ${series.join(', ')}`);
}
