import { fhirError } from '../../../fhir/fhir-error.js';
import { isValidId } from '../../../fhir/id-rules.js';
import type { ResourceKey } from '../../../fhir/key.js';
import { resourceTypes } from '../../../fhir/search/search-parameters.js';
import type { Permission } from '../../../auth/scope.js';
import type { BundleEntry } from '../../../ports/ingest.js';
import type { HistoryScope } from '../../../ports/store.js';
import { parseQuery } from '../query-pairs.js';
import { requireShort } from './limits.js';

/** What an entry asks for, read from `entry.request` (http://hl7.org/fhir/R4/bundle.html#bundle-request). */
export type EntryRequest =
  | { readonly interaction: 'create'; readonly type: string; readonly ifNoneExist?: string }
  | { readonly interaction: 'update'; readonly key: ResourceKey }
  | { readonly interaction: 'conditional-update'; readonly type: string; readonly criteria: string }
  | { readonly interaction: 'delete'; readonly key: ResourceKey }
  | { readonly interaction: 'conditional-delete'; readonly type: string; readonly criteria: string }
  | { readonly interaction: 'read'; readonly key: ResourceKey }
  | { readonly interaction: 'vread'; readonly key: ResourceKey; readonly versionId: number }
  | { readonly interaction: 'search-type'; readonly type: string; readonly query: string }
  | { readonly interaction: 'history'; readonly scope: HistoryScope; readonly query: string };

/** Throws FhirError where the request can't be carried out in a bundle. */
export function readEntryRequest(entry: BundleEntry, base: string): EntryRequest {
  requireShort(entry.url);
  requireShort(entry.ifNoneExist ?? '');
  const { path, query } = splitUrl(entry.url, base);
  const segments = path === '' ? [] : path.split('/');
  const type = segments[0] ?? '';
  if (type !== '' && type !== '_history' && !resourceTypes.has(type)) {
    throw fhirError('not-found', 'not-supported', 'The URL names no resource type of FHIR R4');
  }
  switch (entry.method) {
    case 'GET':
    case 'HEAD':
      return readGet(entry, segments, query ?? '');
    case 'POST':
      if (segments.length !== 1 || query !== undefined) throw unsupported(entry.method);
      requireResource(entry, type);
      return {
        interaction: 'create',
        type,
        ...(entry.ifNoneExist === undefined ? {} : { ifNoneExist: entry.ifNoneExist }),
      };
    case 'PUT':
      requireResource(entry, type);
      if (segments.length === 1) return { interaction: 'conditional-update', type, criteria: query ?? '' };
      return { interaction: 'update', key: instanceOf(entry, segments, query) };
    case 'DELETE':
      if (segments.length === 1) return { interaction: 'conditional-delete', type, criteria: query ?? '' };
      return { interaction: 'delete', key: instanceOf(entry, segments, query) };
    case 'PATCH':
      throw unsupported(entry.method);
  }
}

/** The scope that the entry needs (conditional ones need `s` too, which resolving the criteria asks for). */
export function neededScope(request: EntryRequest): {
  readonly type: string;
  readonly permission: Permission;
} {
  switch (request.interaction) {
    case 'create':
      return { type: request.type, permission: 'c' };
    case 'update':
      return { type: request.key.type, permission: 'u' };
    case 'conditional-update':
      return { type: request.type, permission: 'u' };
    case 'delete':
      return { type: request.key.type, permission: 'd' };
    case 'conditional-delete':
      return { type: request.type, permission: 'd' };
    case 'read':
    case 'vread':
      return { type: request.key.type, permission: 'r' };
    case 'search-type':
      return { type: request.type, permission: 's' };
    case 'history':
      if (request.scope.kind === 'instance') return { type: request.scope.key.type, permission: 'r' };
      return { type: request.scope.kind === 'type' ? request.scope.type : '*', permission: 's' };
  }
}

function readGet(entry: BundleEntry, segments: readonly string[], query: string): EntryRequest {
  const [first = '', id = '', third, fourth] = segments;
  if (segments.length === 1 && first !== '_history')
    return { interaction: 'search-type', type: first, query };
  if (segments.length === 2 && isValidId(id)) {
    return { interaction: 'read', key: instanceOf(entry, segments, query) };
  }
  if (third === '_history' && segments.length === 4 && /^[1-9][0-9]{0,14}$/.test(fourth ?? '')) {
    requireBare(query);
    return { interaction: 'vread', key: { type: first, id }, versionId: Number(fourth) };
  }
  const scope = historyScope(segments);
  if (!scope) throw unsupported(entry.method);
  for (const [name, value] of parseQuery(query)) if (isCut(name, value)) throw notSupported(name);
  return { interaction: 'history', scope, query };
}

function historyScope(segments: readonly string[]): HistoryScope | undefined {
  if (segments.at(-1) !== '_history') return undefined;
  const [type = '', id = ''] = segments;
  switch (segments.length) {
    case 1:
      return { kind: 'system' };
    case 2:
      return { kind: 'type', type };
    case 3:
      return { kind: 'instance', key: { type, id } };
    default:
      return undefined;
  }
}

function instanceOf(entry: BundleEntry, segments: readonly string[], query: string | undefined): ResourceKey {
  const [type = '', id = ''] = segments;
  if (segments.length !== 2) throw unsupported(entry.method);
  requireBare(query ?? '');
  return { type, id };
}

/**
 * A condition beside an instance would be passed over, and the entry carried out without it. What concerns the answer's
 * form is the Bundle's.
 */
function requireBare(query: string): void {
  for (const [name, value] of parseQuery(query)) {
    const formOnly = name === '_format' || name === '_pretty' || (name === '_summary' && !isCut(name, value));
    if (formOnly) continue;
    throw isCut(name, value)
      ? notSupported(name)
      : fhirError('malformed', 'not-supported', 'The URL of one resource takes no such parameter');
  }
}

/** The whole resource isn't wanted (http://hl7.org/fhir/R4/search.html#summary), which this server doesn't do. */
const isCut = (name: string, value: string): boolean =>
  name === '_elements' || (name === '_summary' && value !== 'false');

const notSupported = (name: string): ReturnType<typeof fhirError> =>
  fhirError('malformed', 'not-supported', `${name} is not supported`);

function requireResource(entry: BundleEntry, type: string): void {
  if (entry.resourceType === type) return;
  throw fhirError('malformed', 'invalid', `${entry.method} needs a resource of the type in its URL`);
}

const unsupported = (method: string): ReturnType<typeof fhirError> =>
  fhirError(
    'malformed',
    'not-supported',
    `An entry with ${method} and a URL of this form is not supported here`,
  );

/** Cuts off this server's base and a leading slash. */
function splitUrl(url: string, base: string): { readonly path: string; readonly query: string | undefined } {
  const relative = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, '');
  const mark = relative.indexOf('?');
  if (mark < 0) return { path: relative, query: undefined };
  return { path: relative.slice(0, mark), query: relative.slice(mark + 1) };
}
