import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Authenticator } from '../auth/authenticator.js';
import { nobody } from '../auth/nobody.js';
import { notForNodes, requireScope } from '../auth/require-scope.js';
import type { WriteContext } from '../domain/records/index.js';
import { fhirError } from '../fhir/fhir-error.js';
import { resourceTypes } from '../fhir/search/search-parameters.js';
import type { Admission, BodyAccount } from '../ports/admission.js';
import type { Ids } from '../ports/ids.js';
import type { Call } from './call.js';
import type { SendError } from './error-handler.js';
import { createMatchRoute, type PathMatch } from './match-route.js';
import { negotiateAnswer, preferencesOf, requireForm, requireJson, type Preferences } from './negotiate.js';
import { requireSingleConditions } from './preconditions.js';
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
  readonly admission: Admission;
  /** FHIR base by which clients know the node, without a slash at its end. */
  readonly base: () => string;
  readonly send: SendAnswer;
  readonly sendError: SendError;
}

/** Serves a request below `/fhir`; false for any other, of which it only makes the target a plain path. */
export type FhirRouter = (request: IncomingMessage, response: ServerResponse) => boolean;

const mount = '/fhir';
/** A form is read on this thread: so long a one is a search no more. */
const formLimitBytes = 65_536;

const writes: ReadonlySet<InteractionCode> = new Set([
  'create',
  'update',
  'conditional-update',
  'delete',
  'conditional-delete',
  'transaction',
]);

/**
 * Serves what lies below `/fhir` from the route table, `.well-known` apart. It stands before Express: on Node's own
 * request and response a read takes half the processor time.
 */
export function fhirRouter(deps: FhirRouterDeps): FhirRouter {
  const matchRoute = createMatchRoute(deps.routes);

  async function serve(request: IncomingMessage, response: ServerResponse, url: string): Promise<void> {
    const state = stateOf(request, deps.ids);
    const mark = url.indexOf('?');
    const path = mark < 0 ? url.slice(mount.length + 1) : url.slice(mount.length + 1, mark);
    const match = matchRoute(path.endsWith('/') ? path.slice(0, -1) : path);
    const route = routeOf(match, request.method ?? '', state);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    admit({ request, state, route, query, type: match?.type ?? '' }, deps.authenticator);
    const account = route.body === 'none' ? undefined : deps.admission.open();
    try {
      const answer = await route.handler(
        await callOf({ request, state, route, query, match, account }, deps),
      );
      deps.send({ request, response }, state, answer);
    } finally {
      account?.release();
    }
  }

  return (request, response) => {
    const url = originForm(request.url ?? '/');
    request.url = url;
    if (!isBelowMount(url)) return false;
    serve(request, response, url).catch((error: unknown) => deps.sendError(error, request, response));
    return true;
  };
}

/** The path and query of an absolute request target (RFC 9112, section 3.2.2). */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
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

interface Asked {
  readonly request: IncomingMessage;
  readonly state: RequestState;
  readonly route: Route;
  readonly query: string;
  readonly type: string;
}

/** Who asks, may they, and can they read the answer: all that is decided before a body is read. */
function admit(
  { request, state, route, query, type }: Asked,
  authenticator: FhirRouterDeps['authenticator'],
): void {
  negotiate({ request, state, route }, query);
  if (route.permission === 'open') return;
  state.principal = authenticator.authenticate(request.headers.authorization);
  if (state.principal.kind === 'node' && !isBetweenNodes(route)) throw notForNodes();
  if (route.method !== 'GET') {
    requireRequestId(request, state);
    requireSingleConditions(request);
  }
  if (route.permission !== 'inside')
    requireScope(state.principal, type === '' ? '*' : type, route.permission);
}

/** What a node may ask another: operations that look themselves at who calls. */
const isBetweenNodes = ({ interaction, permission }: Route): boolean =>
  interaction === 'operation' && permission === 'inside';

/** In which form the client wants its answer. */
function negotiate(
  { request, state, route }: Pick<Asked, 'request' | 'state' | 'route'>,
  parameters: string,
): void {
  const { format, pretty } = readResultParameters(parameters, route);
  state.pretty = pretty;
  state.contentType = negotiateAnswer(request.headers.accept, format);
}

interface Matched {
  readonly request: IncomingMessage;
  readonly state: RequestState;
  readonly route: Route;
  readonly query: string;
  readonly match: PathMatch | undefined;
  /** Absent where the route takes no body. */
  readonly account: BodyAccount | undefined;
}

async function callOf(matched: Matched, deps: FhirRouterDeps): Promise<Call> {
  const { request, state, route, query, match } = matched;
  const { headers } = request;
  const preferences = preferencesOf(headers['prefer']);
  const body = await bodyOf(matched, deps.bodyLimitBytes);
  state.bodyBytes = body?.length ?? 0;
  const text = body ? decodeBody(body) : '';
  if (route.body === 'form') negotiate(matched, `${query}&${text}`);
  return {
    context: contextOf(matched, { preferences, body, base: deps.base() }),
    type: match?.type ?? '',
    id: decodeSegment(match?.id ?? ''),
    versionId: match?.versionId ?? '',
    query,
    headers,
    text,
    preferReturn: preferences.return,
  };
}

async function bodyOf({ request, route, account }: Matched, limitBytes: number): Promise<Buffer | undefined> {
  if (account === undefined) return undefined;
  if (route.body === 'json') {
    requireJson(request.headers['content-type']);
    return readBody(request, {
      limitBytes: Math.min(limitBytes, route.bodyLimitBytes ?? limitBytes),
      account,
    });
  }
  requireForm(request.headers['content-type']);
  return readBody(request, { limitBytes: Math.min(limitBytes, formLimitBytes), account });
}

function contextOf(
  { request, state, route }: Matched,
  known: {
    readonly preferences: Preferences;
    readonly body: Buffer | undefined;
    readonly base: string;
  },
): WriteContext {
  const context = {
    principal: state.principal ?? nobody,
    requestId: state.requestId,
    base: known.base,
    handling: known.preferences.handling,
  };
  // Reads and most operations decide for themselves what a repeat means.
  if (!state.named || !(writes.has(route.interaction) || route.once)) return context;
  return { ...context, once: { requestId: state.requestId, digest: digestOf(request, known.body) } };
}

/** SHA-256 of what makes two requests the same: method, path, preconditions and body. */
function digestOf({ method, url, headers }: IncomingMessage, body: Buffer | undefined): string {
  const hash = createHash('sha256').update(
    JSON.stringify([method, url, headers['if-match'], headers['if-none-match'], headers['if-none-exist']]),
  );
  return (body ? hash.update(body) : hash).digest('hex');
}

function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}
