import type { IncomingHttpHeaders } from 'node:http';

import type { WriteContext } from '../domain/records/index.js';

/** One FHIR request as its handler sees it: what Express, sockets and headers' wire form have left behind. */
export interface Call {
  readonly context: WriteContext;
  /** Decoded segments of the path; '' where the route's path has none. */
  readonly type: string;
  readonly id: string;
  readonly versionId: string;
  /** Raw query string without its question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Body text, '' where the route takes none. */
  readonly text: string;
  /** `Prefer: return=`; undefined where the client has no preference. */
  readonly preferReturn: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
}

export interface Answer {
  readonly status: number;
  /** JSON text; '' for none. */
  readonly body: string;
  /** Names and values by turns, beside those that every answer has. */
  readonly headers: readonly string[];
}

export const noHeaders: readonly string[] = [];
