import { mostIssues } from '../cap-issues.js';
import type { ResourceKey } from '../key.js';
import { locateValues } from '../references/locate-values.js';
import { referenceSites, uriSites } from '../references/link-sites.js';
import type { LinkSite } from '../references/link-site.js';
import { baseOfFullUrl, readReferenceForm } from '../references/reference-form.js';
import type { NoteIssue } from './bundle-entry.js';
import type { RuledEntry } from './transaction-rules.js';

/** A link that a transaction rewrites. */
export interface EntryLink {
  /** Range in the text of the resource, without quotes. */
  readonly start: number;
  readonly end: number;
  /** Index of the entry that it points to, or a conditional reference. */
  readonly to: number | string;
}

export interface EntryLinks {
  readonly links: readonly EntryLink[];
  /** Literal references to what is not in the Bundle by its fullUrl. */
  readonly literals: readonly ResourceKey[];
}

export interface LinkContext {
  /** fullUrl → index of its entry. */
  readonly fullUrls: ReadonlyMap<string, number>;
  /** Beginnings of the fullUrls, up to the colon. */
  readonly schemes: readonly string[];
  /** This server's base. */
  readonly base: string;
}

export function linkContext(entries: readonly (RuledEntry | undefined)[], base: string): LinkContext {
  const fullUrls = new Map<string, number>();
  for (const [index, entry] of entries.entries()) {
    const fullUrl = entry?.members.fullUrl;
    if (fullUrl !== undefined) fullUrls.set(fullUrl, index);
  }
  const schemes = new Set([...fullUrls.keys()].map((url) => url.slice(0, url.indexOf(':') + 1)));
  schemes.delete('');
  return { fullUrls, schemes: [...schemes], base };
}

/**
 * Finds the links of an entry's resource which the transaction resolves: to another entry by its fullUrl, a relative
 * reference being completed with the base of the own fullUrl (http://hl7.org/fhir/R4/bundle.html#references), and
 * conditional references. A urn:uuid that is no entry's fullUrl is a fault.
 */
export function readEntryLinks(entry: RuledEntry, context: LinkContext, note: NoteIssue): EntryLinks {
  const links: EntryLink[] = [];
  const literals: ResourceKey[] = [];
  const dangling: LinkSite[] = [];
  if (entry.resource === undefined) return { links, literals };
  const { fullUrls, schemes } = context;
  const ownBase = baseOfFullUrl(entry.members.fullUrl);
  for (const site of referenceSites(entry.resource)) {
    const { start, end, target, kind } = site;
    const known =
      fullUrls.get(target) ?? (ownBase === undefined ? undefined : fullUrls.get(`${ownBase}/${target}`));
    if (known !== undefined) {
      links.push({ start, end, to: known });
      continue;
    }
    if (kind !== 'reference') continue;
    const form = readReferenceForm(target, context.base);
    if (form.kind === 'literal') literals.push(form.key);
    else if (form.kind === 'conditional') links.push({ start, end, to: target });
    else if (form.kind === 'uuid') dangling.push(site);
  }
  for (const { start, end, target } of uriSites(entry.resource, schemes, fullUrls)) {
    links.push({ start, end, to: fullUrls.get(target) ?? target });
  }
  noteDangling(entry, dangling, note);
  return { links, literals };
}

function noteDangling({ resource, at }: RuledEntry, sites: readonly LinkSite[], note: NoteIssue): void {
  if (resource === undefined || sites.length === 0) return;
  const starts = sites.slice(0, mostIssues + 1).map(({ start }) => start - 1);
  for (const { path } of locateValues(resource.text, resource.type, starts).values()) {
    const expression = `${at}.resource${path.slice(resource.type.length)}`;
    note('not-found', 'a urn:uuid that no entry of the Bundle has as its fullUrl', expression);
  }
}
