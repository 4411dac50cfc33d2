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
  if (base !== undefined) shortenOwn(entries, base);
  return encodeIndex(entries);
}

function shortenOwn(entries: IndexEntry[], base: string): void {
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at];
    if (entry?.kind !== 'reference' || !entry.target.startsWith(base)) continue;
    if (entry.target[base.length] === '/')
      entries[at] = { ...entry, target: entry.target.slice(base.length + 1) };
  }
}

const noRouting: Routing = { profiles: [], labels: [] };

/** Profiles and labels of `meta`, from which policy decides. */
export function routingOf(value: Json): Routing {
  const meta = value['meta'];
  if (!isJson(meta) || (meta['profile'] === undefined && meta['security'] === undefined)) return noRouting;
  const { profile, security } = meta;
  if (
    security === undefined &&
    Array.isArray(profile) &&
    profile.length === 1 &&
    typeof profile[0] === 'string'
  )
    return routingOfProfile(profile[0]);
  const profiles = list(meta['profile']).filter((profile) => typeof profile === 'string');
  const labels = list(meta['security']).flatMap((coding) =>
    isJson(coding) ? [`${text(coding['system'])}|${text(coding['code'])}`] : [],
  );
  return { profiles, labels };
}

/** Most resources state one profile of few: their routings are one object each. */
const mostProfiles = 1000;
const ofProfile = new Map<string, Routing>();

function routingOfProfile(profile: string): Routing {
  let known = ofProfile.get(profile);
  if (known === undefined) {
    if (ofProfile.size >= mostProfiles) ofProfile.clear();
    known = { profiles: [profile], labels: [] };
    ofProfile.set(profile, known);
  }
  return known;
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
