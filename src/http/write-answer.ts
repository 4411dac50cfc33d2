import type { WriteAnswer } from '../domain/records/index.js';
import { toReference } from '../fhir/key.js';
import { noHeaders, type Answer, type Call } from './call.js';
import { successOutcome } from './operation-outcome.js';
import { versionHeaders } from './version-headers.js';

const said = {
  200: 'The resource is held here as it was sent',
  201: 'The resource was made',
  204: 'Deleted',
};

/** The answer to a single write, with the body that the client prefers (http://hl7.org/fhir/R4/http.html#ops). */
export function writeAnswer({ context, preferReturn }: Call, answer: WriteAnswer): Answer {
  if (answer.versionId === 0) return { status: answer.status, body: '', headers: noHeaders };
  const headers = [...versionHeaders(answer)];
  if (answer.status === 204) return { status: 204, body: '', headers };
  headers.push('Location', `${context.base}/${toReference(answer.key)}/_history/${String(answer.versionId)}`);
  return { status: answer.status, body: bodyOf(preferReturn, answer), headers };
}

function bodyOf(preferReturn: Call['preferReturn'], answer: WriteAnswer): string {
  if (preferReturn === 'minimal') return '';
  return preferReturn === 'OperationOutcome' ? successOutcome(said[answer.status]) : answer.body;
}
