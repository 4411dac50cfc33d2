import { hash } from 'node:crypto';
import { encodeIndex } from '../fhir/search/index-codec.js';
import type { IndexEntry } from '../fhir/search/index-entry.js';
import { indexResource } from '../fhir/search/index-resource.js';
import type { Routing } from '../ports/store.js';

/** SHA-256 of the UTF-8 of a text, lower-case hexadecimal. */
export const sha256 = (text: string): string => hash('sha256', text, 'hex');

type Json = Readonly<Record<string, unknown>>;

/**
 * Encoded index entries of a resource that was validated, or at least parsed. With `base`, a reference to this server
 * by its absolute URL is found like a relative one.
 */
export function indexOf(type: string, value: Json, base?: string): Uint8Array {
  const entries = indexResource(type, value);
  if (base === undefined) return encodeIndex(entries);
  return encodeIndex(entries.map((entry) => withOwnReference(entry, `${base}/`)));
}

const withOwnReference = (entry: IndexEntry, base: string): IndexEntry =>
  entry.kind === 'reference' && entry.target.startsWith(base)
    ? { ...entry, target: entry.target.slice(base.length) }
    : entry;

const noRouting: Routing = { profiles: [], labels: [] };

/** Profiles and labels of `meta`, from which policy decides. */
export function routingOf(value: Json): Routing {
  const meta = value['meta'];
  if (!isJson(meta) || (meta['profile'] === undefined && meta['security'] === undefined)) return noRouting;
  const profiles = list(meta['profile']).filter((profile) => typeof profile === 'string');
  const labels = list(meta['security']).flatMap((coding) =>
    isJson(coding) ? [`${text(coding['system'])}|${text(coding['code'])}`] : [],
  );
  return { profiles, labels };
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
