import type { IncomingMessage } from 'node:http';

import type { Principal } from '../auth/principal.js';
import { fhirError } from '../fhir/fhir-error.js';
import type { Ids } from '../ports/ids.js';
import { fhirJson } from './negotiate.js';
import type { Route } from './route.js';

/** What is known of a request while it is served; errors and the access log read it. */
export interface RequestState {
  /** As sent, or made here. */
  requestId: string;
  /** The client named its request, so that a repeat of it can be recognised. */
  named: boolean;
  correlationId: string | undefined;
  readonly startedMs: number;
  route: Route | undefined;
  principal: Principal | undefined;
  /** Content-Type of the answer. */
  contentType: string;
  pretty: boolean;
  /** Value of the Allow header of a 405. */
  allow: string | undefined;
  bodyBytes: number;
}

const printable = /^[\x21-\x7e]{1,128}$/;
const states = new WeakMap<IncomingMessage, RequestState>();

/** The state of a request, begun at its first use. */
export function stateOf(request: IncomingMessage, ids: Ids): RequestState {
  const before = states.get(request);
  if (before) return before;
  const correlationId = request.headers['x-correlation-id'];
  const state: RequestState = {
    requestId: '',
    named: false,
    correlationId:
      typeof correlationId === 'string' && printable.test(correlationId) ? correlationId : undefined,
    startedMs: performance.now(),
    route: undefined,
    principal: undefined,
    contentType: fhirJson,
    pretty: false,
    allow: undefined,
    bodyBytes: 0,
  };
  const sent = request.headers['x-request-id'];
  state.named = typeof sent === 'string' && printable.test(sent);
  state.requestId = state.named ? String(sent) : ids.uuid();
  states.set(request, state);
  return state;
}

/** Throws `malformed` where the client's X-Request-ID can't be kept. */
export function requireRequestId(request: IncomingMessage, state: RequestState): void {
  if (state.named || request.headers['x-request-id'] === undefined) return;
  throw fhirError(
    'malformed',
    'value',
    'X-Request-ID must be 1 to 128 printable ASCII characters without spaces',
  );
}
