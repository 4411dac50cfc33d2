import type { ScannedText } from '../json/scan-json.js';
import type { TopPlaces } from '../json/top-places.js';
import { topPlaces } from '../json/top-places.js';
import type { Range } from '../json/top-places.js';
import { resourceTypes } from '../search/search-parameters.js';
import type { NoteIssue } from './bundle-entry.js';

/** The resource of an entry as text, with what stands at its top. */
export interface EntryResource {
  /** Compact. */
  readonly text: string;
  /** Which of the noted names its members have (../json/noted-names.ts). */
  readonly noted: number;
  readonly places: TopPlaces;
  /** One of the 146 resource types. */
  readonly type: string;
  /** As it stands there, when it is a text. */
  readonly id: string | undefined;
}

/** Undefined, with the fault noted under `at`, where the resource has no known type. */
export function readEntryResource(
  { text, noted }: ScannedText,
  at: string,
  note: NoteIssue,
): EntryResource | undefined {
  const places = topPlaces(text, noted);
  const type = textAt(text, places.resourceType);
  if (type !== undefined && resourceTypes.has(type))
    return { text, noted, places, type, id: textAt(text, places.id) };
  if (places.resourceType === undefined) note('required', 'a resource needs a resourceType', at);
  else note('not-supported', 'not a resource type of FHIR R4', `${at}.resourceType`);
  return undefined;
}

/** The string that stands at a range of compact text; undefined where something else or nothing does. */
export function textAt(text: string, range: Range | undefined): string | undefined {
  if (range === undefined || text[range.start] !== '"') return undefined;
  const raw = text.slice(range.start, range.end);
  return raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1);
}
