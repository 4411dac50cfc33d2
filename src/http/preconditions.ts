import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import type { Preconditions } from '../domain/records/index.js';
import { fhirError } from '../fhir/fhir-error.js';

const conditions = [
  ['if-none-exist', 'If-None-Exist'],
  ['if-match', 'If-Match'],
  ['if-none-match', 'If-None-Match'],
] as const;

/** Throws `malformed` where a write names a condition twice: joined to one, they would mean something else. */
export function requireSingleConditions(request: IncomingMessage): void {
  for (const [field, name] of conditions) {
    if (request.headers[field] === undefined) continue;
    if ((request.headersDistinct[field]?.length ?? 0) > 1) {
      throw fhirError('malformed', 'structure', `The header ${name} may be sent once`);
    }
  }
}

/** If-Match and If-None-Match of a write. */
export function preconditionsOf(headers: IncomingHttpHeaders): Preconditions {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}
