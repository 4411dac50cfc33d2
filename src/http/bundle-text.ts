import { fhirError } from '../fhir/fhir-error.js';
import { toReference } from '../fhir/key.js';
import { nextLink, selfLink } from '../fhir/search/search-links.js';
import type { QueryPairs } from '../fhir/search/search-request.js';
import type { SearchPage } from '../domain/records/index.js';
import { provisionalMeta } from './person-index-state.js';
import { operationOutcome } from './operation-outcome.js';
import type { HistoryResult, HistoryScope, StoredVersion } from '../ports/store.js';
import { formatEtag } from '../fhir/etag.js';
import { statusText } from './status-text.js';

/*
 * Bundles are put together from the stored texts: nothing is parsed or serialised again, so that decimals keep their
 * text and a page costs little.
 */

/** A page of a type search (http://hl7.org/fhir/R4/search.html#response). */
export function searchsetText(base: string, { request, result, provisional }: SearchPage): string {
  const entries = result.matches.map(
    ({ key, body }) =>
      `{"fullUrl":"${base}/${toReference(key)}","resource":${body},"search":{"mode":"match"}}`,
  );
  if (request.issues.length > 0) {
    entries.push(`{"resource":${operationOutcome(request.issues)},"search":{"mode":"outcome"}}`);
  }
  const next = nextLink(request, base, result.nextCursor);
  const links = [linkText('self', selfLink(request, base))];
  if (next !== undefined) links.push(linkText('next', next));
  const meta = provisional ? { meta: provisionalMeta } : {};
  return bundleText('searchset', { ...meta, total: result.total, links, entries });
}

export interface HistoryPageText {
  readonly base: string;
  readonly pairs: QueryPairs;
  readonly result: HistoryResult;
}

/** A page of a history (http://hl7.org/fhir/R4/http.html#history). */
export const historyText = ({ scope, ...page }: HistoryPageText & { readonly scope: HistoryScope }): string =>
  historyPageText({ ...page, path: historyPath(scope) });

export function historyPageText({
  base,
  path,
  pairs,
  result,
}: HistoryPageText & { readonly path: string }): string {
  const url = `${base}${path}`;
  const self = pairs.filter(([name]) => name === '_since' || name === '_count' || name === '_cursor');
  const links = [linkText('self', urlOf(url, self))];
  if (result.nextCursor !== undefined) {
    const rest = self.filter(([name]) => name !== '_cursor');
    links.push(linkText('next', urlOf(url, [...rest, ['_cursor', result.nextCursor]])));
  }
  const entries = result.versions.map((version) => historyEntry(base, version));
  return bundleText('history', { total: result.total, links, entries });
}

function historyPath(scope: HistoryScope): string {
  switch (scope.kind) {
    case 'instance':
      return `/${toReference(scope.key)}/_history`;
    case 'type':
      return `/${scope.type}/_history`;
    case 'system':
      return '/_history';
  }
}

function historyEntry(base: string, version: StoredVersion): string {
  const reference = toReference(version.key);
  const first = version.versionId === 1;
  const method = version.deleted ? 'DELETE' : first ? 'POST' : 'PUT';
  const status = version.deleted ? 204 : first ? 201 : 200;
  const resource = version.deleted ? '' : `"resource":${version.body},`;
  return (
    `{"fullUrl":"${base}/${reference}",${resource}` +
    `"request":{"method":"${method}","url":"${first && !version.deleted ? version.key.type : reference}"},` +
    `"response":{"status":"${statusText(status)}","etag":${JSON.stringify(formatEtag(version.versionId))},` +
    `"lastModified":"${version.lastUpdated}"}}`
  );
}

interface BundleParts {
  /** JSON text. */
  readonly meta?: string;
  readonly total?: number | undefined;
  readonly links: readonly string[];
  readonly entries: readonly string[];
}

/** UTF-16 units; half of what a text can have here at all. */
const longestBundle = 268_435_456;

/** JSON text of a Bundle; empty lists are left out, as FHIR wants it. Throws `too-large` where no text could hold it. */
export function bundleText(type: string, { meta, total, links, entries }: BundleParts): string {
  if (entries.reduce((sum, { length }) => sum + length, 0) > longestBundle) {
    throw fhirError('too-large', 'too-costly', 'The answer would be too large: ask for fewer by _count');
  }
  return (
    '{"resourceType":"Bundle"' +
    (meta === undefined ? '' : `,"meta":${meta}`) +
    `,"type":"${type}"` +
    (total === undefined ? '' : `,"total":${String(total)}`) +
    (links.length === 0 ? '' : `,"link":[${links.join(',')}]`) +
    (entries.length === 0 ? '' : `,"entry":[${entries.join(',')}]`) +
    '}'
  );
}

export const linkText = (relation: string, url: string): string =>
  `{"relation":"${relation}","url":${JSON.stringify(url)}}`;

function urlOf(url: string, pairs: QueryPairs): string {
  const query = pairs
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return query === '' ? url : `${url}?${query}`;
}
