import type { IncomingHttpHeaders } from 'node:http';

import type { Preconditions } from '../domain/records/index.js';

/** If-Match and If-None-Match of a write. */
export function preconditionsOf(headers: IncomingHttpHeaders): Preconditions {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  };
}
