import express, { type Router } from 'express';

import type { Principal } from '../../auth/principal.js';
import { requireScope } from '../../auth/require-scope.js';
import type { Exchange } from '../../domain/exchange/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { formatPosition } from '../../fhir/stream-position.js';
import type { ExceptionRow } from '../../ports/store.js';
import { decodeBody, readBody } from '../read-body.js';
import { wholeNumber } from './exchange-peers.js';

const kinds: readonly ExceptionRow['kind'][] = ['refused', 'invalid', 'fork', 'gap', 'foreign-owner'];
const mostRows = 1000;
const mostOffset = 100_000;
const reconcileBodyLimit = 4096;

/**
 * The exchange as its operators see it: `GET /api/exchange/streams`, `GET /api/exceptions?stream=&kind=&limit=&offset=`
 * (a peer node sees what stands against its own stream), `POST /api/exchange/reconcile` with `{ peer?, repair? }`.
 */
export function exchangeStatusRoutes(exchange: Exchange): Router {
  const router = express.Router();
  router.get('/api/exchange/streams', async (_request, response) => {
    const streams = (await exchange.streams()).map(({ position, ...stream }) => ({
      ...stream,
      position: position ? formatPosition(position) : null,
    }));
    response.json({ streams });
  });
  router.get('/api/exceptions', async (request, response) => {
    const principal = response.locals['principal'] as Principal;
    const asked = request.query['stream'];
    const stream = exchange.isNeighbour(principal.id) ? `from:${principal.id}` : asked;
    const kind = kindFrom(request.query['kind']);
    const limit = wholeNumber(request.query['limit'], { name: 'limit', most: mostRows, otherwise: 100 });
    const offset = wholeNumber(request.query['offset'], { name: 'offset', most: mostOffset, otherwise: 0 });
    const rows = await exchange.exceptions({
      limit: offset + limit + 1,
      ...(typeof stream === 'string' ? { stream } : {}),
      ...(kind ? { kind } : {}),
    });
    const more = rows.length > offset + limit;
    response.json({
      exceptions: rows.slice(offset, offset + limit).map(shown),
      ...(more ? { nextOffset: offset + limit } : {}),
    });
  });
  router.post('/api/exchange/reconcile', async (request, response) => {
    const wish = reconcileFrom(decodeBody(await readBody(request, { limitBytes: reconcileBodyLimit })));
    if (wish.repair) requireScope(response.locals['principal'] as Principal, '*', 'u');
    if (wish.peer !== undefined && !exchange.isNeighbour(wish.peer)) {
      throw fhirError('not-found', 'not-found', 'This node has no such peer');
    }
    response.json(await exchange.reconcile(wish));
  });
  return router;
}

/** Bodies that were kept apart are records: they are not shown here. */
const shown = ({
  stream,
  key,
  versionId,
  kind,
  reason,
  at,
  hash,
}: ExceptionRow): Omit<ExceptionRow, 'body'> => ({
  stream,
  key,
  versionId,
  kind,
  reason,
  at,
  ...(hash === undefined ? {} : { hash }),
});

function kindFrom(value: unknown): ExceptionRow['kind'] | undefined {
  if (value === undefined) return undefined;
  const kind = kinds.find((name) => name === value);
  if (kind) return kind;
  throw fhirError('malformed', 'value', `kind must be one of ${kinds.join(', ')}`);
}

function reconcileFrom(text: string): { peer?: string; repair: boolean } {
  let body: unknown;
  try {
    body = JSON.parse(text === '' ? '{}' : text);
  } catch {
    throw fhirError('malformed', 'structure', 'The body is no JSON');
  }
  const { peer, repair = false } = (body ?? {}) as { peer?: unknown; repair?: unknown };
  if ((peer !== undefined && typeof peer !== 'string') || typeof repair !== 'boolean') {
    throw fhirError('malformed', 'value', 'peer must be a node id, repair true or false');
  }
  return { repair, ...(peer === undefined ? {} : { peer }) };
}
