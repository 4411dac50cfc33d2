import { namesVersion } from '../../fhir/etag.js';

/** Conditions of a read, header values as sent; in a Bundle `ifModifiedSince` is an instant. */
export interface ReadConditions {
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
}

/** Whether a conditional read is of a version that the client has already (http://hl7.org/fhir/R4/http.html#cread). */
export function clientHolds(
  { ifNoneMatch, ifModifiedSince }: ReadConditions,
  version: { readonly versionId: number; readonly lastUpdated: string },
): boolean {
  if (ifNoneMatch !== undefined) return namesVersion(ifNoneMatch, version.versionId);
  if (ifModifiedSince === undefined) return false;
  const sinceMs = Date.parse(ifModifiedSince);
  // Last-Modified has whole seconds.
  return !Number.isNaN(sinceMs) && Math.floor(Date.parse(version.lastUpdated) / 1000) * 1000 <= sinceMs;
}
