import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import type { NextFunction, Request, RequestHandler, Response } from 'express';

import type { Authenticator } from '../auth/authenticator.js';
import { nobody } from '../auth/nobody.js';
import { notForNodes, requireScope } from '../auth/require-scope.js';
import type { WriteContext } from '../domain/records/index.js';
import { fhirError } from '../fhir/fhir-error.js';
import { resourceTypes } from '../fhir/search/search-parameters.js';
import type { Ids } from '../ports/ids.js';
import type { Call } from './call.js';
import { createMatchRoute, type PathMatch } from './match-route.js';
import { negotiateAnswer, preferencesOf, requireForm, requireJson, type Preferences } from './negotiate.js';
import { decodeBody, readBody } from './read-body.js';
import { requireRequestId, stateOf, type RequestState } from './request-state.js';
import { readResultParameters } from './result-parameters.js';
import type { InteractionCode, Route } from './route.js';
import type { SendAnswer } from './send-answer.js';

export interface FhirRouterDeps {
  readonly routes: readonly Route[];
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly ids: Ids;
  readonly bodyLimitBytes: number;
  /** FHIR base by which clients know the node; absent: as they call it. */
  readonly baseUrl?: string;
  readonly send: SendAnswer;
}

const mount = '/fhir';

const writes: ReadonlySet<InteractionCode> = new Set([
  'create',
  'update',
  'conditional-update',
  'delete',
  'conditional-delete',
  'transaction',
]);

/**
 * Serves what lies below `/fhir` from the route table: one Express middleware that looks the route up, instead of a
 * layer a route. Other paths, `.well-known` among them, go on to the next one; errors go to the error handler.
 */
export function fhirRouter(deps: FhirRouterDeps): RequestHandler {
  const matchRoute = createMatchRoute(deps.routes);

  async function serve(request: Request, response: Response, url: string): Promise<void> {
    const state = stateOf(request, deps.ids);
    const mark = url.indexOf('?');
    const path = mark < 0 ? url.slice(mount.length + 1) : url.slice(mount.length + 1, mark);
    const match = matchRoute(path.endsWith('/') ? path.slice(0, -1) : path);
    const route = routeOf(match, request.method, state);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    admit({ request, state, route, query, type: match?.type ?? '' }, deps.authenticator);
    const answer = await route.handler(await callOf({ request, state, route, query, match }, deps));
    deps.send({ request, response }, state, answer);
  }

  return (request: Request, response: Response, next: NextFunction) => {
    const { url } = request;
    if (!isBelowMount(url)) {
      next();
      return;
    }
    serve(request, response, url).catch(next);
  };
}

function isBelowMount(url: string): boolean {
  if (!url.startsWith(mount)) return false;
  const after = url[mount.length];
  if (after === undefined || after === '?') return true;
  return after === '/' && !url.startsWith('/.well-known', mount.length);
}

/** The route of the method, HEAD as GET; throws `not-found` or `method-not-allowed`. */
function routeOf(match: PathMatch | undefined, method: string, state: RequestState): Route {
  if (!match) throw fhirError('not-found', 'not-supported', 'There is nothing at this path');
  if (match.type !== '' && !resourceTypes.has(match.type)) {
    throw fhirError('not-found', 'not-supported', 'The path names no resource type of FHIR R4');
  }
  if (match.id.startsWith('$'))
    throw fhirError('not-found', 'not-supported', 'This server has no such operation');
  const route = match.routes.get(method === 'HEAD' ? 'GET' : method);
  if (route) {
    state.route = route;
    return route;
  }
  const allowed = [...match.routes.keys()];
  state.allow = [...allowed, ...(allowed.includes('GET') ? ['HEAD'] : [])].join(', ');
  throw fhirError('method-not-allowed', 'not-supported', `This path takes ${state.allow}`);
}

interface Admission {
  readonly request: IncomingMessage;
  readonly state: RequestState;
  readonly route: Route;
  readonly query: string;
  readonly type: string;
}

/** Who asks, may they, and can they read the answer: all that is decided before a body is read. */
function admit(
  { request, state, route, query, type }: Admission,
  authenticator: FhirRouterDeps['authenticator'],
): void {
  const { format, pretty } = readResultParameters(query, route);
  state.pretty = pretty;
  state.contentType = negotiateAnswer(request.headers.accept, format);
  if (route.permission === 'open') return;
  state.principal = authenticator.authenticate(request.headers.authorization);
  if (state.principal.kind === 'node' && route.interaction !== 'operation') throw notForNodes();
  if (route.method !== 'GET') requireRequestId(request, state);
  if (route.permission !== 'inside')
    requireScope(state.principal, type === '' ? '*' : type, route.permission);
}

interface Matched {
  readonly request: IncomingMessage;
  readonly state: RequestState;
  readonly route: Route;
  readonly query: string;
  readonly match: PathMatch | undefined;
}

async function callOf(matched: Matched, deps: FhirRouterDeps): Promise<Call> {
  const { request, state, route, query, match } = matched;
  const { headers } = request;
  const preferences = preferencesOf(headers['prefer']);
  const body = await bodyOf(request, route, deps.bodyLimitBytes);
  state.bodyBytes = body?.length ?? 0;
  return {
    context: contextOf(matched, { preferences, body, baseUrl: deps.baseUrl }),
    type: match?.type ?? '',
    id: decodeSegment(match?.id ?? ''),
    versionId: match?.versionId ?? '',
    query,
    headers,
    text: body ? decodeBody(body) : '',
    preferReturn: preferences.return,
  };
}

async function bodyOf(
  request: IncomingMessage,
  route: Route,
  limitBytes: number,
): Promise<Buffer | undefined> {
  if (route.body === 'none') return undefined;
  if (route.body === 'json') requireJson(request.headers['content-type']);
  else requireForm(request.headers['content-type']);
  return readBody(request, limitBytes);
}

function contextOf(
  { request, state, route }: Matched,
  known: {
    readonly preferences: Preferences;
    readonly body: Buffer | undefined;
    readonly baseUrl: string | undefined;
  },
): WriteContext {
  const context = {
    principal: state.principal ?? nobody,
    requestId: state.requestId,
    base: known.baseUrl ?? baseOf(request),
    handling: known.preferences.handling,
  };
  // Reads and operations decide for themselves what a repeat means.
  if (!state.named || !writes.has(route.interaction)) return context;
  return { ...context, once: { requestId: state.requestId, digest: digestOf(request, known.body) } };
}

/** SHA-256 of what makes two requests the same: method, path, preconditions and body. */
function digestOf({ method, url, headers }: IncomingMessage, body: Buffer | undefined): string {
  const hash = createHash('sha256').update(
    JSON.stringify([method, url, headers['if-match'], headers['if-none-match'], headers['if-none-exist']]),
  );
  return (body ? hash.update(body) : hash).digest('hex');
}

/** The base as the client called it. A Host that is none is not repeated. */
function baseOf({ headers }: IncomingMessage): string {
  const host = headers.host ?? '';
  return `http://${/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host) ? host : 'localhost'}${mount}`;
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
