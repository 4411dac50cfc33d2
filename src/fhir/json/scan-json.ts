import type { Issue } from '../issue.js';
import { standsAt } from './noted-names.js';
import { MAX_CONTAINERS, scanBytes } from './scan-bytes.js';
import type { ScanFault, ScannedBytes } from './scan-bytes.js';
import { decode, decodeAscii, encode } from './utf8.js';

/** Levels of nesting that a resource may have; a Bundle's entries begin three below its own. */
const MAX_DEPTH = 64;
const BUNDLE_LEVELS = 3;

type Refused = { readonly ok: false; readonly issues: readonly Issue[] };

/** The text of one resource, compact: no white space outside strings, decimals and strings as they were sent. */
export interface ScannedText {
  readonly text: string;
  /** Which of the noted names its members have (noted-names.ts). */
  readonly noted: number;
}

export type ScanResult = ({ readonly ok: true } & ScannedText) | Refused;

export type ScannedEntries =
  | {
      readonly ok: true;
      /** The compact Bundle, in which each resource is replaced by its index in `resources`. */
      readonly skeleton: string;
      readonly resources: readonly ScannedText[];
    }
  | Refused;

/**
 * Reads the text of one resource strictly: RFC 8259, an object at the top, no name twice in one object, no NUL, no lone
 * surrogate, at most 64 levels. A byte order mark is dropped. All faults up to the first of the grammar are told, each
 * with line and column, none with content.
 */
export function scanJson(text: string): ScanResult {
  const scanned = scan(text, { maxDepth: MAX_DEPTH, spanDepth: 1 });
  if (!scanned.ok) return scanned;
  return {
    ok: true,
    noted: scanned.noted[0] ?? 0,
    text: scanned.length === text.length && scanned.ascii ? text : scanned.cut(0, scanned.length),
  };
}

/** Reads the text of a Bundle as strictly, and cuts out the resources of its entries. */
export function scanEntries(text: string): ScannedEntries {
  const scanned = scan(text, { maxDepth: MAX_DEPTH + BUNDLE_LEVELS, spanDepth: BUNDLE_LEVELS + 1 });
  if (!scanned.ok) return scanned;
  const { spans, noted, bytes, cut } = scanned;
  const skeleton: string[] = [];
  const resources: ScannedText[] = [];
  let from = 0;
  for (let k = 0; k < spans.length; k += 2) {
    const start = spans[k] as number;
    const end = spans[k + 1] as number;
    if (!standsAt(bytes, start - RESOURCE.length, RESOURCE)) continue;
    skeleton.push(cut(from, start), String(resources.length));
    resources.push({ text: cut(start, end), noted: noted[k / 2] ?? 0 });
    from = end;
  }
  skeleton.push(cut(from, scanned.length));
  return { ok: true, skeleton: skeleton.join(''), resources };
}

const RESOURCE = Uint8Array.from('"resource":', (c) => c.charCodeAt(0));

interface Sound extends ScannedBytes {
  readonly ok: true;
  readonly ascii: boolean;
  readonly bytes: Uint8Array;
  /** Compact text of a range of bytes. */
  readonly cut: (start: number, end: number) => string;
}

function scan(
  given: string,
  limits: { readonly maxDepth: number; readonly spanDepth: number },
): Sound | Refused {
  const text = given.charCodeAt(0) === 0xfeff ? given.slice(1) : given;
  const { bytes, length } = encode(text);
  const ascii = length === text.length;
  const lone = ascii ? null : /\p{Surrogate}/u.exec(text);
  if (lone !== null) return { ok: false, issues: [toIssue('lone-surrogate', placeInText(text, lone.index))] };
  const scanned = scanBytes({ bytes, length, ...limits });
  if (scanned.faults.length > 0) {
    const place = (byte: number): string => placeInText(text, decode(Buffer.from(text), 0, byte).length);
    return { ok: false, issues: scanned.faults.map(({ fault, at }) => toIssue(fault, place(at))) };
  }
  const decoder = ascii ? decodeAscii : decode;
  return { ok: true, ascii, bytes, cut: (start, end) => decoder(bytes, start, end), ...scanned };
}

function placeInText(text: string, index: number): string {
  const before = text.slice(0, index);
  return `line ${before.split('\n').length}, column ${index - before.lastIndexOf('\n')}`;
}

const meanings: Readonly<Record<ScanFault, readonly [Issue['code'], string]>> = {
  syntax: ['structure', 'not valid JSON'],
  'not-an-object': ['structure', 'the body must be a JSON object'],
  'too-deep': ['structure', `nested more than ${MAX_DEPTH} levels deep`],
  'too-many': ['too-costly', `more than ${MAX_CONTAINERS} objects and arrays`],
  'duplicate-name': ['structure', 'a member name stands twice in one object'],
  'control-character': ['structure', 'not valid JSON: a control character stands in a string'],
  'bad-escape': ['structure', 'not valid JSON: an escape that does not exist'],
  nul: ['value', 'a string holds the character NUL'],
  'lone-surrogate': ['value', 'a string holds half of a surrogate pair'],
};

function toIssue(fault: ScanFault, place: string): Issue {
  const [code, meaning] = meanings[fault];
  return { severity: 'error', code, diagnostics: `${meaning} (${place})` };
}
