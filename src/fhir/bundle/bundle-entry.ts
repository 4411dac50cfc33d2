import type { Issue } from '../issue.js';

export const bundleMethods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH'] as const;
export type BundleMethod = (typeof bundleMethods)[number];

/** What an entry asks for, read but not judged (http://hl7.org/fhir/R4/bundle-definitions.html#Bundle.entry.request). */
export interface EntryMembers {
  readonly method: BundleMethod;
  readonly url: string;
  readonly fullUrl?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: string;
  readonly ifNoneExist?: string;
  /** Index of the entry's resource among those that were cut out of the Bundle; -1 where it is no object. */
  readonly resource?: number;
}

/** Notes faults under their place in the Bundle. */
export type NoteIssue = (code: Issue['code'], diagnostics: string, expression: string) => void;

/** Names with those of their extensions beside them, `_url`. */
export const namesOf = (...names: readonly string[]): ReadonlySet<string> =>
  new Set(names.flatMap((name) => [name, `_${name}`]));

const conditions = ['ifNoneMatch', 'ifModifiedSince', 'ifMatch', 'ifNoneExist'] as const;
const elementNames = ['id', 'extension', 'modifierExtension'];
const entryNames = namesOf(...elementNames, 'link', 'fullUrl', 'resource', 'search', 'request', 'response');
const requestNames = namesOf(...elementNames, 'method', 'url', ...conditions);

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Notes members that the specification does not have. */
export function noteUnknown(
  value: object,
  allowed: ReadonlySet<string>,
  into: { note: NoteIssue; at: string },
): void {
  for (const name in value) {
    if (!allowed.has(name)) into.note('structure', 'an element that is not known here', into.at);
  }
}

/** Reads one entry; undefined, with its faults noted, where it can't be understood at all. */
export function readEntryMembers(entry: unknown, at: string, note: NoteIssue): EntryMembers | undefined {
  if (!isObject(entry)) return fault(note, ['structure', 'an entry must be an object', at]);
  noteUnknown(entry, entryNames, { note, at });
  const { request, resource, fullUrl } = entry;
  if (request === undefined) return fault(note, ['required', 'an entry needs a request', `${at}.request`]);
  if (!isObject(request)) return fault(note, ['structure', 'a request must be an object', `${at}.request`]);
  noteUnknown(request, requestNames, { note, at: `${at}.request` });
  const method = readMethod(request['method'], `${at}.request.method`, note);
  const url = readText(request['url'], `${at}.request.url`, note);
  if (url === undefined && request['url'] === undefined)
    note('required', 'a request needs a url', `${at}.request.url`);
  if (resource !== undefined && typeof resource !== 'number') {
    note('structure', 'a resource must be an object', `${at}.resource`);
  }
  const read: Partial<Record<(typeof conditions)[number] | 'fullUrl', string>> & { resource?: number } = {};
  for (const name of conditions) {
    if (request[name] === undefined) continue;
    const value = readText(request[name], `${at}.request.${name}`, note);
    if (value !== undefined) read[name] = value;
  }
  const full = readText(fullUrl, `${at}.fullUrl`, note);
  if (full !== undefined) read.fullUrl = full;
  if (resource !== undefined) read.resource = typeof resource === 'number' ? resource : -1;
  return method === undefined || url === undefined ? undefined : { method, url, ...read };
}

function readMethod(value: unknown, at: string, note: NoteIssue): BundleMethod | undefined {
  const method = bundleMethods.find((each) => each === value);
  if (method !== undefined) return method;
  if (value === undefined) note('required', 'a request needs a method', at);
  else note('code-invalid', 'not a method of HTTP that a Bundle may use', at);
  return undefined;
}

function readText(value: unknown, at: string, note: NoteIssue): string | undefined {
  if (typeof value === 'string' && value.trim() !== '') return value;
  if (value !== undefined) note('structure', 'must be a text that is not empty', at);
  return undefined;
}

function fault(note: NoteIssue, [code, diagnostics, at]: [Issue['code'], string, string]): undefined {
  note(code, diagnostics, at);
  return undefined;
}
