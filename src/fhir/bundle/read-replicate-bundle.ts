import { isValidId } from '../id-rules.js';
import type { Issue, IssueCode } from '../issue.js';
import { elements, members } from '../json/top-places.js';
import type { ResourceKey } from '../key.js';
import { lanes } from '../lane.js';
import type { Lane } from '../lane.js';
import { parsePosition } from '../stream-position.js';
import type { StreamPosition } from '../stream-position.js';
import { isObject } from './bundle-entry.js';
import { batchExtension, entryExtension } from './replicate-bundle.js';
import type { ReplicateBatch, ReplicateEntry } from './replicate-bundle.js';

/** An entry as it came, with what its body parses to; undefined for a delete. */
export interface ReceivedEntry extends ReplicateEntry {
  readonly value: Readonly<Record<string, unknown>> | undefined;
}

export type ReadReplicateResult =
  | {
      readonly ok: true;
      readonly batch: Omit<ReplicateBatch, 'entries'> & { readonly entries: readonly ReceivedEntry[] };
    }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Reads a `$replicate` Bundle. The texts of the resources are byte for byte those that were sent. What the envelope says
 * is not checked against them. A Bundle that is not of this form is refused as a whole.
 */
export function readReplicateBundle(text: string): ReadReplicateResult {
  let bundle: unknown;
  try {
    bundle = JSON.parse(text);
  } catch {
    return refuse('structure', 'not valid JSON', 'Bundle');
  }
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle' || bundle['type'] !== 'history') {
    return refuse('invalid', 'the body must be a Bundle of type history', 'Bundle.type');
  }
  const batch = readBatch(bundle['meta']);
  if (batch === undefined)
    return refuse('invalid', 'lane or positions are missing or not readable', 'Bundle.meta');
  const given = bundle['entry'] ?? [];
  if (!Array.isArray(given)) return refuse('structure', 'must be an array', 'Bundle.entry');
  const texts = given.length > 0 ? resourceTexts(text) : [];
  if (texts.length !== given.length) return refuse('structure', 'members stand twice', 'Bundle.entry');
  const entries: ReceivedEntry[] = [];
  for (const [index, entry] of given.entries()) {
    const read = readEntry(entry, texts[index]);
    if (read === undefined) {
      return refuse('invalid', 'not an entry of a replication batch', `Bundle.entry[${String(index)}]`);
    }
    entries.push(read);
  }
  return { ok: true, batch: { ...batch, entries } };
}

function refuse(code: IssueCode, diagnostics: string, expression: string): ReadReplicateResult {
  return { ok: false, issues: [{ severity: 'error', code, diagnostics, expression }] };
}

function readBatch(meta: unknown): { lane: Lane; from?: StreamPosition; to?: StreamPosition } | undefined {
  const parts = readParts(meta, batchExtension);
  const lane = lanes.find((each) => each === parts?.get('lane'));
  if (parts === undefined || lane === undefined) return undefined;
  const batch: { lane: Lane; from?: StreamPosition; to?: StreamPosition } = { lane };
  for (const name of ['from', 'to'] as const) {
    const text = parts.get(name);
    if (text === undefined) continue;
    const position = parsePosition(text);
    if (position === undefined) return undefined;
    batch[name] = position;
  }
  return batch;
}

/** The parts of the extension `url` of an element, by their own url. */
function readParts(element: unknown, url: string): ReadonlyMap<string, string> | undefined {
  const list: unknown = isObject(element) ? element['extension'] : undefined;
  const extension: unknown = Array.isArray(list)
    ? list.find((each) => isObject(each) && each['url'] === url)
    : undefined;
  const given: unknown = isObject(extension) ? extension['extension'] : undefined;
  if (!Array.isArray(given)) return undefined;
  const parts = new Map<string, string>();
  for (const each of given) {
    if (!isObject(each)) return undefined;
    const value = each['valueString'] ?? each['valueCode'];
    if (typeof each['url'] === 'string' && typeof value === 'string') parts.set(each['url'], value);
  }
  return parts;
}

function readEntry(entry: unknown, body: string | undefined): ReceivedEntry | undefined {
  if (!isObject(entry)) return undefined;
  const parts = readParts(entry, entryExtension);
  const { request, response, resource } = entry;
  if (parts === undefined || !isObject(request) || !isObject(response)) return undefined;
  const key = readKey(request['url']);
  const versionId = readEtag(response['etag']);
  const lastUpdated = response['lastModified'];
  const deleted = request['method'] === 'DELETE';
  const [owner, source, hash] = [parts.get('owner'), parts.get('source'), parts.get('hash')];
  if (key === undefined || versionId === undefined || typeof lastUpdated !== 'string') return undefined;
  if (owner === undefined || source === undefined || hash === undefined) return undefined;
  if (deleted ? resource !== undefined : request['method'] !== 'PUT' || !isObject(resource)) return undefined;
  const value = isObject(resource) ? resource : undefined;
  if ((value === undefined) !== (body === undefined)) return undefined;
  return { key, versionId, lastUpdated, deleted, body: body ?? '', hash, owner, source, value };
}

function readKey(url: unknown): ResourceKey | undefined {
  if (typeof url !== 'string') return undefined;
  const [type = '', id = '', ...rest] = url.split('/');
  return type !== '' && rest.length === 0 && isValidId(id) ? { type, id } : undefined;
}

function readEtag(etag: unknown): number | undefined {
  const [, version] = (typeof etag === 'string' ? /^W\/"([1-9][0-9]{0,14})"$/.exec(etag) : null) ?? [];
  return version === undefined ? undefined : Number(version);
}

/** Raw text of entry.resource, by entry. */
function resourceTexts(text: string): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  for (const top of members(text, text.indexOf('{'))) {
    if (top.name !== 'entry') continue;
    for (const entry of elements(text, top.value.start)) {
      let found: string | undefined;
      for (const { name, value } of members(text, entry.start)) {
        if (name === 'resource') found = text.slice(value.start, value.end);
      }
      texts.push(found);
    }
  }
  return texts;
}
