import type { IncomingHttpHeaders } from 'node:http';

import { clientHolds } from '../domain/records/index.js';
import { formatEtag } from '../fhir/etag.js';

export interface VersionStamp {
  readonly versionId: number;
  /** ISO instant. */
  readonly lastUpdated: string;
}

/** ETag and Last-Modified of a version, names and values by turns. */
export const versionHeaders = ({ versionId, lastUpdated }: VersionStamp): readonly string[] => [
  'ETag',
  formatEtag(versionId),
  'Last-Modified',
  new Date(lastUpdated).toUTCString(),
];

/** Whether a conditional read is of a version that the client has already. */
export const isNotModified = (headers: IncomingHttpHeaders, version: VersionStamp): boolean =>
  clientHolds(
    { ifNoneMatch: headers['if-none-match'], ifModifiedSince: headers['if-modified-since'] },
    version,
  );
