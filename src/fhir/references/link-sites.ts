import { uriMemberNames, uriReferenceTypes } from '../definitions/generated/link-elements.js';
import { Noted } from '../json/noted-names.js';
import { endOfString } from '../json/top-places.js';
import type { LinkSite } from './link-site.js';
import { locateValues } from './locate-values.js';
import { narrativeLinks } from './narrative-links.js';

const REFERENCE = '"reference":"';
const uriMembers: ReadonlySet<string> = new Set(uriMemberNames);
const uriReferences: ReadonlySet<string> = new Set(uriReferenceTypes);

/** A resource as compact text, with the noted names of its members (../json/noted-names.ts). */
export interface LinkedResource {
  readonly text: string;
  readonly type: string;
  readonly noted: number;
}

/**
 * Every member `reference` with a string: the Reference.reference of the resource, of contained resources and of
 * extensions, and the few that are a uri.
 */
export function referenceSites(resource: LinkedResource): LinkSite[] {
  const { text, noted } = resource;
  const sites: LinkSite[] = [];
  if ((noted & Noted.reference) === 0) return sites;
  for (let at = text.indexOf(REFERENCE); at >= 0; at = text.indexOf(REFERENCE, at + REFERENCE.length)) {
    sites.push(siteAt(text, at + REFERENCE.length - 1, 'reference'));
  }
  return sites.length > 0 && mayHoldUriReference(resource) ? asDefined(resource, sites) : sites;
}

/**
 * Elements of type uri and url and narrative links whose target is among `known`, as R4 has a server update them
 * (http://hl7.org/fhir/R4/http.html#trules); a uuid or oid element is a value of its own and stays. `schemes` are the
 * beginnings, such as `urn:`, that a known target can have.
 */
export function uriSites(
  resource: LinkedResource,
  schemes: readonly string[],
  known: { has(target: string): boolean },
): LinkSite[] {
  const { text, noted } = resource;
  const sites: LinkSite[] = [];
  for (const scheme of schemes) {
    // Looked for without its quote, which is the most frequent character of all.
    for (let at = text.indexOf(scheme); at >= 0; at = text.indexOf(scheme, at + scheme.length)) {
      if (text[at - 1] !== '"' || !mayBeUri(text, at - 1)) continue;
      const site = siteAt(text, at - 1, 'uri');
      if (known.has(site.target)) sites.push(site);
    }
  }
  const defined = sites.length > 0 ? asDefined(resource, sites) : sites;
  if ((noted & Noted.div) === 0) return defined;
  return [...defined, ...narrativeLinks(text).filter(({ target }) => known.has(target))];
}

function siteAt(text: string, quote: number, kind: LinkSite['kind']): LinkSite {
  const start = quote + 1;
  const end = endOfString(text, quote) - 1;
  const raw = text.slice(start, end);
  return { kind, start, end, target: raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw };
}

/** Whether the string at `quote` is a value whose member can be a uri; a value in an array is looked at more closely. */
function mayBeUri(text: string, quote: number): boolean {
  const before = text[quote - 1];
  if (before !== ':') return before === '[' || before === ',';
  if (text.startsWith(REFERENCE, quote - REFERENCE.length + 1)) return false;
  return uriMembers.has(text.slice(text.lastIndexOf('"', quote - 3) + 1, quote - 2));
}

/** Some types have a member `reference` that is a uri. */
function mayHoldUriReference({ text, type, noted }: LinkedResource): boolean {
  if (uriReferences.has(type) || (noted & Noted.valueExpression) !== 0) return true;
  if ((noted & Noted.innerType) === 0) return false;
  const marker = '"resourceType":"';
  for (let at = text.indexOf(marker, 1); at >= 0; at = text.indexOf(marker, at + 1)) {
    const start = at + marker.length;
    if (uriReferences.has(text.slice(start, text.indexOf('"', start)))) return true;
  }
  return false;
}

/** The sites with the kind that the element definitions give them; those that are no link at all are left out. */
function asDefined({ text, type }: LinkedResource, sites: readonly LinkSite[]): LinkSite[] {
  const places = locateValues(
    text,
    type,
    sites.map(({ start }) => start - 1),
  );
  return sites.flatMap((site) => {
    const kind = places.get(site.start - 1)?.leaf;
    return kind === undefined ? [] : [{ ...site, kind }];
  });
}
