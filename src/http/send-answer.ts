import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Logger } from '../ports/logger.js';
import type { Answer } from './call.js';
import type { RequestCounters } from './metrics.js';
import { prettyJson } from './pretty-json.js';
import type { RequestState } from './request-state.js';

export type SendAnswer = (
  exchange: { readonly request: IncomingMessage; readonly response: ServerResponse },
  state: RequestState,
  answer: Answer,
) => void;

export interface SendDeps {
  /** Headers of every answer, names and values by turns. */
  readonly fixedHeaders: readonly string[];
  readonly counters: RequestCounters;
  readonly logger: Logger;
}

/** Writes an answer in one go: head and body leave together, and no header is set one by one. */
export function createSendAnswer(deps: SendDeps): SendAnswer {
  return ({ request, response }, state, answer) => {
    const body = state.pretty && answer.body !== '' ? prettyJson(answer.body) : answer.body;
    const headers = [...deps.fixedHeaders, 'X-Request-ID', state.requestId, ...answer.headers];
    if (state.correlationId !== undefined) headers.push('X-Correlation-ID', state.correlationId);
    if (body !== '') headers.push('Content-Type', state.contentType);
    if (answer.status !== 204 && answer.status !== 304) {
      headers.push('Content-Length', String(Buffer.byteLength(body)));
    }
    response.writeHead(answer.status, headers);
    response.end(body);
    const ms = performance.now() - state.startedMs;
    deps.counters.add(state.route?.interaction ?? 'none', answer.status, ms);
    deps.logger.debug(
      {
        method: request.method,
        route: state.route?.path,
        status: answer.status,
        ms: Math.round(ms * 10) / 10,
        requestId: state.requestId,
      },
      'request',
    );
  };
}
