import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ErrorRequestHandler } from 'express';

import { FhirError, fhirError } from '../fhir/fhir-error.js';
import { toReference } from '../fhir/key.js';
import { isValidId } from '../fhir/id-rules.js';
import { resourceTypes } from '../fhir/search/search-parameters.js';
import type { AuditTrail } from '../domain/audit/index.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import { statusOf } from './error-table.js';
import { operationOutcome } from './operation-outcome.js';
import { stateOf, type RequestState } from './request-state.js';
import type { Route } from './route.js';
import type { SendAnswer } from './send-answer.js';

export interface ErrorDeps {
  readonly audit: AuditTrail;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly send: SendAnswer;
}

export type SendError = (thrown: unknown, request: IncomingMessage, response: ServerResponse) => void;

/** The one place where an error becomes an answer: an OperationOutcome with the status of its category. */
export function createSendError(deps: ErrorDeps): SendError {
  return (thrown, request, response) => {
    try {
      answerError(deps, thrown, { request, response });
    } catch (error) {
      faultOf(error, stateOf(request, deps.ids), deps.logger);
      request.socket.destroy();
    }
  };
}

function answerError(
  deps: ErrorDeps,
  thrown: unknown,
  { request, response }: Parameters<SendAnswer>[0],
): void {
  const state = stateOf(request, deps.ids);
  const error = thrown instanceof FhirError ? thrown : faultOf(thrown, state, deps.logger);
  const { method = '', url = '' } = request;
  if (isAudited(error, method, state)) noteRefusal(deps.audit, { error, url, state });
  if (response.headersSent) {
    request.socket.destroy();
    return;
  }
  deps.send({ request, response }, state, {
    status: statusOf(error),
    body: operationOutcome(error.issues),
    headers: headersOf(error, state),
  });
}

/** The same for what goes through Express. */
export function errorHandler(sendError: SendError): ErrorRequestHandler {
  const handler = (...[thrown, request, response]: Parameters<ErrorRequestHandler>): void => {
    sendError(thrown, request, response);
  };
  // Express tells an error handler by the number of its parameters.
  return Object.defineProperty(handler, 'length', { value: 4 });
}

function headersOf(error: FhirError, { allow }: RequestState): readonly string[] {
  if (error.category === 'unauthenticated') return ['WWW-Authenticate', 'Bearer'];
  if (error.category === 'method-not-allowed' && allow !== undefined) return ['Allow', allow];
  if (error.retryAfterSeconds !== undefined) return ['Retry-After', String(error.retryAfterSeconds)];
  return error.category === 'busy' ? ['Retry-After', '1'] : [];
}

/** What isn't a FhirError is a fault of ours (or a body that Express's own parser refused). The client learns the request id only. */
function faultOf(thrown: unknown, state: RequestState, logger: Logger): FhirError {
  const refused = refusedByParser(thrown);
  if (refused) return refused;
  const { name, stack } = thrown instanceof Error ? thrown : { name: typeof thrown, stack: '' };
  // The message may quote data; the places in the program don't.
  const places = (stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  logger.error(
    { requestId: state.requestId, route: state.route?.path, error: name, stack: places.join('\n') },
    'fault',
  );
  return new FhirError('fault', [
    {
      severity: 'error',
      code: 'exception',
      diagnostics: `The server failed; it is in its log as request ${state.requestId}`,
    },
  ]);
}

/** Errors of Express's body parsers and path decoding carry a 4xx status. */
function refusedByParser(thrown: unknown): FhirError | undefined {
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number')
    return undefined;
  if (thrown.status === 413) return fhirError('too-large', 'too-long', 'The body is too large');
  if (thrown.status === 415)
    return fhirError('unsupported-media', 'not-supported', 'The body is in no known form');
  if (thrown.status < 400 || thrown.status > 499) return undefined;
  return fhirError('malformed', 'structure', 'The request is malformed');
}

/** Every refused write, and whoever may not come in; reads that find nothing are no refusals. */
function isAudited({ category }: FhirError, method: string, { route }: RequestState): boolean {
  if (category === 'unauthenticated' || category === 'forbidden') return true;
  return method !== 'GET' && method !== 'HEAD' && !(route && isQuestion(route));
}

/** Sent by POST for the sake of its length, and writes nothing. */
const isQuestion = ({ body, permission }: Route): boolean => body === 'form' || permission === 's';

function noteRefusal(
  audit: AuditTrail,
  { error, url, state }: { readonly error: FhirError; readonly url: string; readonly state: RequestState },
): void {
  const [, mount, type = '', id = ''] = url.split('?')[0]?.split('/') ?? [];
  const known = mount === 'fhir' && resourceTypes.has(type);
  const { route, principal } = state;
  const isWrite = route !== undefined && route.method !== 'GET' && !isQuestion(route);
  audit.refused({
    error,
    ...(principal ? { principal } : {}),
    requestId: state.requestId,
    target: known && isValidId(id) && !id.startsWith('_') ? toReference({ type, id }) : '',
    ...(isWrite ? { write: { type: known ? type : 'Bundle', bytes: state.bodyBytes } } : {}),
  });
}
