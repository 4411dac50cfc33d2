import type { ResourceKey } from '../key.js';
import { toReference } from '../key.js';
import { resourceTypes } from '../search/search-parameters.js';
import type { EntryMembers, NoteIssue } from './bundle-entry.js';
import type { EntryResource } from './entry-resource.js';

export interface RuledEntry {
  readonly members: EntryMembers;
  readonly resource: EntryResource | undefined;
  /** FHIRPath of the entry. */
  readonly at: string;
}

const idPattern = /^[A-Za-z0-9\-.]{1,64}$/;

/**
 * Rules of a transaction that show without the store (http://hl7.org/fhir/R4/http.html#trules): what each request needs,
 * no fullUrl twice, no resource written twice. `base` is this server's own, which a url may begin with.
 */
export function checkTransaction(entries: readonly RuledEntry[], base: string, note: NoteIssue): void {
  const fullUrls = new Set<string>();
  const written = new Set<string>();
  for (const entry of entries) {
    checkFullUrl(entry, fullUrls, note);
    const key = checkRequest(entry, base, note);
    if (key === undefined) continue;
    const name = toReference(key);
    if (written.has(name))
      note('duplicate', 'another entry writes the same resource', `${entry.at}.request.url`);
    written.add(name);
  }
}

function checkFullUrl({ members, at }: RuledEntry, seen: Set<string>, note: NoteIssue): void {
  const { fullUrl } = members;
  if (fullUrl === undefined) return;
  const place = `${at}.fullUrl`;
  if (!/^[a-z][a-z0-9+.-]*:./i.test(fullUrl)) note('value', 'a fullUrl must be an absolute URI', place);
  if (/\/_history\/[^/]*$/.test(fullUrl)) note('value', 'a fullUrl must not name a version', place);
  if (seen.has(fullUrl)) note('duplicate', 'another entry has the same fullUrl', place);
  seen.add(fullUrl);
}

/** Judges the request; gives the key that a PUT or DELETE names. */
function checkRequest(entry: RuledEntry, base: string, note: NoteIssue): ResourceKey | undefined {
  const { method, url } = entry.members;
  const place = `${entry.at}.request.url`;
  if (method === 'PATCH') {
    note('not-supported', 'PATCH is not supported in a Bundle', `${entry.at}.request.method`);
    return undefined;
  }
  if (method === 'GET' || method === 'HEAD') return undefined;
  const { type, id, query, rest } = splitUrl(url, base);
  if (!resourceTypes.has(type)) {
    note('not-supported', 'the url names no resource type of FHIR R4', place);
    return undefined;
  }
  const isInstance = id !== undefined && query === undefined && !rest;
  const isCriteria = id === undefined && query !== undefined && query !== '';
  if (method === 'POST') {
    if (id !== undefined || query !== undefined)
      note('not-supported', 'the url of a POST is a type alone', place);
  } else if (!isInstance && !isCriteria) {
    note('invalid', `the url of a ${method} is a type with an id or with criteria`, place);
  } else if (isInstance && !idPattern.test(id)) note('value', 'the url holds no valid id', place);
  if (method !== 'DELETE') checkResource(entry, { type, id: isInstance ? id : undefined }, note);
  return isInstance ? { type, id } : undefined;
}

function checkResource(
  { members, resource, at }: RuledEntry,
  target: { readonly type: string; readonly id: string | undefined },
  note: NoteIssue,
): void {
  const place = `${at}.resource`;
  if (members.resource === undefined) note('required', `a ${members.method} needs a resource`, place);
  if (resource === undefined) return;
  if (resource.type !== target.type) {
    note('invalid', 'the resource is of another type than the url names', `${at}.request.url`);
  }
  if (members.method !== 'PUT' || target.id === undefined) return;
  if (resource.id === undefined)
    note('required', 'the resource of a PUT needs the id of its url', `${place}.id`);
  else if (resource.id !== target.id) note('invalid', 'the id is another than the url names', `${place}.id`);
}

interface UrlParts {
  readonly type: string;
  readonly id: string | undefined;
  readonly query: string | undefined;
  /** Something follows the id. */
  readonly rest: boolean;
}

function splitUrl(url: string, base: string): UrlParts {
  const relative = url.startsWith(`${base}/`) ? url.slice(base.length + 1) : url.replace(/^\//, '');
  const mark = relative.indexOf('?');
  const path = mark < 0 ? relative : relative.slice(0, mark);
  const [type = '', id, ...more] = path.split('/');
  return { type, id, query: mark < 0 ? undefined : relative.slice(mark + 1), rest: more.length > 0 };
}
