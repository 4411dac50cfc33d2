import type { IncomingHttpHeaders } from 'node:http';

import { formatEtag, namesVersion } from '../fhir/etag.js';

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

/** Whether a conditional read finds what the client has already (http://hl7.org/fhir/R4/http.html#cread). */
export function isNotModified(
  headers: IncomingHttpHeaders,
  { versionId, lastUpdated }: VersionStamp,
): boolean {
  const tag = headers['if-none-match'];
  if (tag !== undefined) return namesVersion(tag, versionId);
  const since = headers['if-modified-since'];
  if (since === undefined) return false;
  const sinceMs = Date.parse(since);
  // Last-Modified has whole seconds.
  return !Number.isNaN(sinceMs) && Math.floor(Date.parse(lastUpdated) / 1000) * 1000 <= sinceMs;
}
