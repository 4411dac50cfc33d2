import { isObject, type JsonObject, type Walk } from './walk.js';

const withRequests = new Set(['batch', 'transaction', 'history']);
const withResponses = new Set(['batch-response', 'transaction-response', 'history']);
const withTotal = new Set(['searchset', 'history']);
const known = new Set([...withRequests, ...withResponses, ...withTotal, 'document', 'message', 'collection']);
const withFullUrls = new Set(['document', 'message', 'collection', 'searchset', 'history']);
const pageLinks = new Set(['self', 'first', 'prev', 'previous', 'next', 'last']);
const versionSpecific = /\/_history\//;
const absolute = /^[A-Za-z][A-Za-z0-9+.-]*:/;
const restUrl = /^https?:\/\/.+\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})$/;

type Report = (rule: string, place: readonly (string | number)[]) => void;

/** Rules for the first entry of documents and messages, and what a document must have (bdl-9 to bdl-12). */
function checkKind(type: string, bundle: JsonObject, report: Report): void {
  const entries = Array.isArray(bundle['entry']) ? (bundle['entry'] as unknown[]) : [];
  const first = isObject(entries[0]) ? entries[0]['resource'] : undefined;
  const firstType = isObject(first) ? first['resourceType'] : undefined;
  if (type === 'message' && firstType !== 'MessageHeader')
    report('a message begins with a MessageHeader (bdl-12)', ['entry']);
  if (type !== 'document') return;
  if (firstType !== 'Composition') report('a document begins with a Composition (bdl-11)', ['entry']);
  const identifier = isObject(bundle['identifier']) ? bundle['identifier'] : {};
  if (identifier['system'] === undefined || identifier['value'] === undefined) {
    report('a document has an identifier with system and value (bdl-9)', ['identifier']);
  }
  if (bundle['timestamp'] === undefined) report('a document has a timestamp (bdl-10)', ['timestamp']);
}

/** Whether an entry may or must have a request, a response, a search part (bdl-2 to bdl-5). */
function checkEntry(type: string, entry: JsonObject, report: Report): void {
  const has = (name: string): boolean => entry[name] !== undefined;
  if (has('search') && type !== 'searchset') report('search belongs to a searchset (bdl-2)', ['search']);
  if (has('request') !== withRequests.has(type)) {
    report('request is given in a batch, transaction or history, and only there (bdl-3)', ['request']);
  }
  if (has('response') !== withResponses.has(type)) {
    report('response is given in an answer or history, and only there (bdl-4)', ['response']);
  }
  const { resource, search } = entry;
  const mode = isObject(search) ? search['mode'] : undefined;
  const isResult = mode === 'match' || mode === 'include';
  if (isResult && isObject(resource) && resource['id'] === undefined) {
    report('a search result has an id', ['resource', 'id']);
  }
  if (!has('resource') && !has('request') && !has('response')) {
    report('an entry has a resource unless it has a request or response (bdl-5)', ['resource']);
  }
}

/** Whether a RESTful fullUrl names another resource than the one in the entry, or that one has no id. */
function disagrees(fullUrl: string, resource: JsonObject): boolean {
  const key = restUrl.exec(fullUrl)?.[1];
  return key !== undefined && key !== `${String(resource['resourceType'])}/${String(resource['id'])}`;
}

/** fullUrl is absolute, agrees with the resource, is no version's URL and is unique but for versions (bdl-7, bdl-8). */
function checkFullUrl(entry: JsonObject, scope: { type: string; seen: Set<string> }, report: Report): void {
  const { fullUrl, resource } = entry;
  const { type, seen } = scope;
  if (fullUrl === undefined && resource !== undefined && withFullUrls.has(type)) {
    report('each resource has a fullUrl, except in transactions and batches', ['fullUrl']);
  }
  if (typeof fullUrl !== 'string') return;
  if (!absolute.test(fullUrl)) report('fullUrl is absolute', ['fullUrl']);
  if (isObject(resource) && disagrees(fullUrl, resource))
    report('fullUrl ends with type and id of the resource', ['fullUrl']);
  if (versionSpecific.test(fullUrl)) report('fullUrl is not the URL of a version (bdl-8)', ['fullUrl']);
  const meta = isObject(resource) && isObject(resource['meta']) ? resource['meta'] : {};
  const version = typeof meta['versionId'] === 'string' ? meta['versionId'] : '';
  const key = `${version} ${fullUrl}`;
  if (seen.has(key)) report('fullUrl is unique, or the versions differ (bdl-7)', ['fullUrl']);
  seen.add(key);
}

function checkLinks(bundle: JsonObject, report: Report): void {
  const seen = new Set<unknown>();
  for (const [index, link] of (Array.isArray(bundle['link'])
    ? (bundle['link'] as unknown[])
    : []
  ).entries()) {
    const relation = isObject(link) ? link['relation'] : undefined;
    if (typeof relation !== 'string' || !pageLinks.has(relation)) continue;
    if (seen.has(relation)) report('a page has one link of each kind', ['link', index, 'relation']);
    seen.add(relation);
  }
}

/** Rules that hold for a Bundle of any content (http://hl7.org/fhir/R4/bundle.html#invs). */
export function checkBundle(walk: Walk, bundle: JsonObject): void {
  const type = bundle['type'];
  if (typeof type !== 'string' || !known.has(type)) return;
  const at = (prefix: readonly (string | number)[]): Report => {
    return (rule, place) => walk.faults.add('bundleRule', [...walk.path, ...prefix, ...place], rule);
  };
  const report = at([]);
  if (bundle['total'] !== undefined && !withTotal.has(type)) {
    report('total belongs to a searchset or history (bdl-1)', ['total']);
  }
  checkKind(type, bundle, report);
  checkLinks(bundle, report);
  const scope = { type, seen: new Set<string>() };
  for (const [index, entry] of (Array.isArray(bundle['entry'])
    ? (bundle['entry'] as unknown[])
    : []
  ).entries()) {
    if (!isObject(entry)) continue;
    checkEntry(type, entry, at(['entry', index]));
    checkFullUrl(entry, scope, at(['entry', index]));
  }
}
