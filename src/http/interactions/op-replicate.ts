import type { Exchange } from '../../domain/exchange/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { lanes, type Lane } from '../../fhir/lane.js';
import { writeReceipt } from '../../fhir/replicate-receipt.js';
import { formatPosition } from '../../fhir/stream-position.js';
import { callingNode } from '../calling-node.js';
import { operationOutcome } from '../operation-outcome.js';
import type { Route } from '../route.js';

/**
 * `POST /fhir/$replicate?lane=…&complete=true|false`: takes a history Bundle of one lane from a peer node. Answers 200
 * with what was not taken (Parameters), or 409 where the batch does not begin at this node's position; either way the
 * header X-Stream-Position tells the position from which the sender goes on, `none` where there is none yet.
 */
export const replicateRoute = (exchange: Pick<Exchange, 'receive'>): Route => ({
  method: 'POST',
  path: '/$replicate',
  interaction: 'operation',
  permission: 'inside',
  body: 'json',
  handler: async ({ context, headers, query, text }) => {
    const parameters = new URLSearchParams(query);
    const receipt = await exchange.receive(callingNode(context.principal, headers), {
      lane: laneFrom(parameters.get('lane')),
      text,
      complete: parameters.get('complete') === 'true',
      requestId: context.requestId,
    });
    const position = receipt.position ? formatPosition(receipt.position) : 'none';
    const answerHeaders = ['X-Stream-Position', position];
    if (receipt.taken) return { status: 200, body: writeReceipt(receipt.exceptions), headers: answerHeaders };
    return { status: 409, body: operationOutcome([elsewhere]), headers: answerHeaders };
  },
});

const elsewhere = {
  severity: 'error',
  code: 'conflict',
  diagnostics: 'The batch does not begin at this node’s position (X-Stream-Position)',
} as const;

/** Throws `malformed` where the text names no lane. */
export function laneFrom(text: unknown): Lane {
  const lane = lanes.find((name) => name === text);
  if (lane) return lane;
  throw fhirError('malformed', 'value', `lane must be one of ${lanes.join(', ')}`);
}
