import type { SearchRequest } from './search-request.js';

/**
 * The `self` link of a page: the parameters that were used, so that the client sees what was searched for
 * (http://hl7.org/fhir/R4/search.html#conformance). `base` has no slash at its end.
 */
export function selfLink(request: SearchRequest, base: string): string {
  return link(request, base, request.query.cursor);
}

/** The `next` link; undefined on the last page and where only the total is asked for. */
export function nextLink(
  request: SearchRequest,
  base: string,
  nextCursor: string | undefined,
): string | undefined {
  return nextCursor === undefined || request.countOnly ? undefined : link(request, base, nextCursor);
}

function link({ query, self }: SearchRequest, base: string, cursor: string | undefined): string {
  const pairs = cursor === undefined ? self : [...self, ['_cursor', cursor] as const];
  const text = pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
  return `${base}/${query.type}${text === '' ? '' : `?${text}`}`;
}

/** As encodeURIComponent, but what RFC 3986 allows in a query stays readable. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%(?:3A|2F|2C|24)/g, (escape) => decodeURIComponent(escape));
}
