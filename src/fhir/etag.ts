/** The weak entity tag of a version, `W/"3"` (http://hl7.org/fhir/R4/http.html#versioning). */
export const formatEtag = (versionId: number): string => `W/"${String(versionId)}"`;

/**
 * Whether an If-Match or If-None-Match header value names the version. `*` names any; several tags are separated by
 * commas; a tag that is none of ours names nothing.
 */
export function namesVersion(header: string, versionId: number): boolean {
  return header.split(',').some((part) => {
    const tag = part.trim();
    return tag === '*' || tag === `W/"${String(versionId)}"` || tag === `"${String(versionId)}"`;
  });
}
