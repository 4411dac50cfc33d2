import express, { type Request, type Response, type Router } from 'express';

import type { Principal } from '../../auth/principal.js';
import type { Exchange } from '../../domain/exchange/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { isValidId } from '../../fhir/id-rules.js';
import type { VersionName } from '../../fhir/key.js';
import { lanes } from '../../fhir/lane.js';
import { formatPosition } from '../../fhir/stream-position.js';
import type { StreamView } from '../../ports/peer.js';
import type { DigestScope } from '../../ports/store.js';
import { callingNode } from '../calling-node.js';
import { laneFrom } from '../interactions/op-replicate.js';
import { decodeBody, readBody } from '../read-body.js';

const fetchBodyLimit = 1024 * 1024;
const mostVersions = 5000;

/**
 * What peer nodes ask each other, beside `$replicate`; only for them:
 * `GET positions?started=`, `GET digests?view=`, `GET versions?view=&owner=&source=&type=&day=&after=&limit=`,
 * `POST fetch?view=&lane=` with `{ "versions": [[type, id, versionId], …] }`, all below `/api/exchange`.
 */
export function exchangePeerRoutes(exchange: Exchange): Router {
  const router = express.Router();
  router.get('/api/exchange/positions', async (request, response) => {
    const started = request.query['started'] === 'true';
    const known = await exchange.positions(nodeOf(request, response), started);
    const positions = lanes.map((lane) => {
      const position = known[lane];
      return [lane, position ? formatPosition(position) : null];
    });
    response.json({ positions: Object.fromEntries(positions) as unknown });
  });
  router.get('/api/exchange/digests', async (request, response) => {
    const view = viewFrom(request.query['view']);
    response.json({ rows: await exchange.digests(nodeOf(request, response), view) });
  });
  router.get('/api/exchange/versions', async (request, response) => {
    const { view, after, limit } = request.query;
    const list = await exchange.versions(nodeOf(request, response), {
      view: viewFrom(view),
      scope: scopeFrom(request.query),
      limit: wholeNumber(limit, { name: 'limit', most: mostVersions, otherwise: 1000 }),
      ...(typeof after === 'string' ? { after } : {}),
    });
    response.json(list);
  });
  router.post('/api/exchange/fetch', async (request, response) => {
    const asker = nodeOf(request, response);
    const fetched = await exchange.fetch(asker, {
      view: viewFrom(request.query['view']),
      lane: laneFrom(request.query['lane']),
      versions: versionsFrom(decodeBody(await readBody(request, { limitBytes: fetchBodyLimit }))),
    });
    response.set({ 'X-Looked': String(fetched.looked), 'X-Withheld': fetched.withheld.join(',') });
    response.type('application/fhir+json').send(fetched.text);
  });
  return router;
}

const nodeOf = (request: Request, response: Response): string =>
  callingNode(response.locals['principal'] as Principal, request.headers);

function viewFrom(value: unknown): StreamView {
  if (value === 'offered' || value === 'held') return value;
  throw fhirError('malformed', 'value', 'view must be offered or held');
}

function scopeFrom(query: Request['query']): DigestScope {
  const scope: Record<string, string> = {};
  for (const name of ['owner', 'source', 'type', 'day']) {
    const value = query[name];
    if (typeof value === 'string') scope[name] = value;
  }
  return scope;
}

/** A whole number from 0 to `most`; throws `malformed`. */
export function wholeNumber(
  value: unknown,
  rule: { readonly name: string; readonly most: number; readonly otherwise: number },
): number {
  if (value === undefined) return rule.otherwise;
  const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : NaN;
  if (number <= rule.most) return number;
  throw fhirError('malformed', 'value', `${rule.name} must be a number up to ${String(rule.most)}`);
}

function versionsFrom(text: string): VersionName[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw fhirError('malformed', 'structure', 'The body is no JSON');
  }
  const list = typeof body === 'object' && body !== null && 'versions' in body ? body.versions : undefined;
  if (!Array.isArray(list)) throw fhirError('malformed', 'structure', 'The body names no versions');
  return list.map(versionFrom);
}

function versionFrom(entry: unknown): VersionName {
  const [type, id, versionId] = Array.isArray(entry) ? (entry as unknown[]) : [];
  if (
    typeof type === 'string' &&
    typeof id === 'string' &&
    isValidId(id) &&
    Number.isSafeInteger(versionId)
  ) {
    return { key: { type, id }, versionId: Number(versionId) };
  }
  throw fhirError('malformed', 'structure', 'A version is [type, id, versionId]');
}
