import { splice } from './splice.js';
import type { Edit } from './splice.js';
import { members, topPlaces } from './top-places.js';
import type { Range, TopPlaces } from './top-places.js';

/** What a server writes into a body. */
export interface TextStamp {
  readonly id: string;
  readonly versionId: number;
  /** ISO instant with milliseconds. */
  readonly lastUpdated: string;
}

/**
 * Puts the stamp into the compact text of a resource that scanJson has read: values that stand there are replaced in
 * their places, an absent `id` comes behind `resourceType`, an absent `meta` behind `id`, absent members of `meta` at
 * its beginning. Everything else stays, the order of the members too. A `meta` that is no object is left for validation.
 */
export function stampText(text: string, stamp: TextStamp): string {
  return splice(text, stampEdits(text, topPlaces(text), stamp));
}

/** The edits that stampText makes, for a caller that has more of its own. */
export function stampEdits(text: string, places: TopPlaces, stamp: TextStamp): Edit[] {
  const version = `"versionId":"${stamp.versionId}"`;
  const updated = `"lastUpdated":"${stamp.lastUpdated}"`;
  const id = `"id":${JSON.stringify(stamp.id)}`;
  const meta = places.meta === undefined ? `"meta":{${version},${updated}}` : '';
  const edits = places.meta === undefined ? [] : metaEdits(text, places.meta, { version, updated });
  if (places.id === undefined) {
    edits.push(insertMember(text, places.resourceType?.end, meta === '' ? id : `${id},${meta}`));
    return edits;
  }
  const { start, end } = places.id;
  edits.push({ start, end, text: JSON.stringify(stamp.id) });
  if (meta !== '') edits.push({ start: end, end, text: `,${meta}` });
  return edits;
}

/** Behind the member that ends at `behind`, or first in the object. */
function insertMember(text: string, behind: number | undefined, member: string): Edit {
  if (behind !== undefined) return { start: behind, end: behind, text: `,${member}` };
  return { start: 1, end: 1, text: text === '{}' ? member : `${member},` };
}

function metaEdits(text: string, meta: Range, stamp: { version: string; updated: string }): Edit[] {
  if (text[meta.start] !== '{') return [];
  const valueOf = (member: string): string => member.slice(member.indexOf(':') + 1);
  const first = meta.start + 1;
  const { version, updated } = stampPlaces(text, meta);
  const edits: Edit[] = [];
  if (version !== undefined) edits.push({ ...version, text: valueOf(stamp.version) });
  if (updated !== undefined) edits.push({ ...updated, text: valueOf(stamp.updated) });
  const absent = [...(version ? [] : [stamp.version]), ...(updated ? [] : [stamp.updated])].join(',');
  if (absent !== '')
    edits.push({ start: first, end: first, text: text[first] === '}' ? absent : `${absent},` });
  return edits;
}

function stampPlaces(text: string, meta: Range): { version?: Range; updated?: Range } {
  const places: { version?: Range; updated?: Range } = {};
  const inside = text.slice(meta.start, meta.end);
  if (!inside.includes('"versionId":') && !inside.includes('"lastUpdated":')) return places;
  for (const { name, value } of members(text, meta.start)) {
    if (name === 'versionId') places.version = value;
    else if (name === 'lastUpdated') places.updated = value;
  }
  return places;
}

/** Whether a body says the same as the current version but for the stamp: then an update stores nothing. */
export function equalsButStamp(
  text: string,
  current: { readonly body: string; readonly stamp: TextStamp },
): boolean {
  return stampText(text, current.stamp) === current.body;
}
