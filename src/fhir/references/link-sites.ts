import { uriMemberNames, uriReferenceTypes } from '../definitions/generated/link-elements.js';
import { endOfString } from '../json/top-places.js';
import type { LinkSite } from './link-site.js';
import { locateValues } from './locate-values.js';
import { narrativeLinks } from './narrative-links.js';

const REFERENCE = '"reference":"';
const uriMembers: ReadonlySet<string> = new Set(uriMemberNames);
const uriReferences: ReadonlySet<string> = new Set(uriReferenceTypes);

/**
 * Every member `reference` with a string: the Reference.reference of the resource, of contained resources and of
 * extensions, and the few that are a uri.
 */
export function referenceSites(text: string, type: string): LinkSite[] {
  const sites: LinkSite[] = [];
  for (let at = text.indexOf(REFERENCE); at >= 0; at = text.indexOf(REFERENCE, at + REFERENCE.length)) {
    sites.push(siteAt(text, at + REFERENCE.length - 1, 'reference'));
  }
  return sites.length > 0 && mayHoldUriReference(text, type) ? asDefined(text, type, sites) : sites;
}

/**
 * Elements of type uri and url and narrative links whose target `isKnown` accepts. `schemes` are the beginnings,
 * such as `urn:`, that a known target can have.
 */
export function uriSites(
  text: string,
  type: string,
  known: { readonly schemes: readonly string[]; readonly isKnown: (target: string) => boolean },
): LinkSite[] {
  const sites: LinkSite[] = [];
  for (const scheme of known.schemes) {
    const begin = `"${scheme}`;
    for (let at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at + begin.length)) {
      if (!mayBeUri(text, at)) continue;
      const site = siteAt(text, at, 'uri');
      if (known.isKnown(site.target)) sites.push(site);
    }
  }
  const links = narrativeLinks(text).filter(({ target }) => known.isKnown(target));
  return sites.length > 0 ? [...asDefined(text, type, sites), ...links] : links;
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
  const name = text.slice(text.lastIndexOf('"', quote - 3) + 1, quote - 2);
  return name !== 'reference' && uriMembers.has(name);
}

/** Some types have a member `reference` that is a uri. */
function mayHoldUriReference(text: string, type: string): boolean {
  if (uriReferences.has(type) || text.includes('"valueExpression":')) return true;
  const marker = '"resourceType":"';
  for (let at = text.indexOf(marker, 1); at >= 0; at = text.indexOf(marker, at + 1)) {
    const start = at + marker.length;
    if (uriReferences.has(text.slice(start, text.indexOf('"', start)))) return true;
  }
  return false;
}

/** The sites with the kind that the element definitions give them; those that are no link at all are left out. */
function asDefined(text: string, type: string, sites: readonly LinkSite[]): LinkSite[] {
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
