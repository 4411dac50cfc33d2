import { capIssues, mostIssues } from '../cap-issues.js';
import type { Issue } from '../issue.js';
import { scanEntries } from '../json/scan-json.js';
import { isObject, namesOf, noteUnknown, readEntryMembers } from './bundle-entry.js';
import type { EntryMembers, NoteIssue } from './bundle-entry.js';
import { linkContext, readEntryLinks } from './entry-links.js';
import type { EntryLinks } from './entry-links.js';
import { readEntryResource } from './entry-resource.js';
import type { EntryResource } from './entry-resource.js';
import { checkTransaction } from './transaction-rules.js';
import type { RuledEntry } from './transaction-rules.js';

/** A batch or transaction as it was sent, resources as text. */
export interface ReadBundle {
  readonly type: 'batch' | 'transaction';
  readonly entries: readonly ReadEntry[];
}

export interface ReadEntry {
  readonly members: EntryMembers;
  readonly resource: EntryResource | undefined;
  /** Only in a transaction: the entries of a batch may not refer to each other. */
  readonly links: EntryLinks;
}

export type ReadBundleResult =
  | { readonly ok: true; readonly bundle: ReadBundle }
  | { readonly ok: false; readonly issues: readonly Issue[] };

const bundleNames = namesOf(
  ...['resourceType', 'id', 'meta', 'implicitRules', 'language'],
  ...['identifier', 'type', 'timestamp', 'total', 'link', 'entry', 'signature'],
);

/**
 * Reads a batch or transaction Bundle (http://hl7.org/fhir/R4/http.html#transaction). Of a batch only what keeps it from
 * being read at all is a fault, since its entries fail one by one; of a transaction every fault that shows without the
 * store is told, with its place. `base` is this server's FHIR base without a slash at its end.
 */
export function readBundle(text: string, base: string): ReadBundleResult {
  const issues: Issue[] = [];
  const note: NoteIssue = (code, diagnostics, expression) => {
    if (issues.length <= mostIssues) issues.push({ severity: 'error', code, diagnostics, expression });
  };
  const scanned = scanEntries(text);
  if (!scanned.ok) return scanned;
  const envelope = readEnvelope(JSON.parse(scanned.skeleton), note);
  if (envelope === undefined) return { ok: false, issues: capIssues(issues) };
  checkPlaceholders(envelope.entries, scanned.resources.length, note);
  const entries = envelope.entries.map((entry, index): RuledEntry | undefined => {
    const at = `Bundle.entry[${String(index)}]`;
    const members = readEntryMembers(entry, at, note);
    if (members === undefined) return undefined;
    const given = scanned.resources[members.resource ?? -1];
    const judge = envelope.type === 'batch' ? () => undefined : note;
    return {
      members,
      at,
      resource: given === undefined ? undefined : readEntryResource(given, `${at}.resource`, judge),
    };
  });
  const readable = entries.filter((entry) => entry !== undefined);
  const read =
    envelope.type === 'batch' ? batchEntries(readable) : transactionEntries(entries, { base, note });
  return issues.length > 0
    ? { ok: false, issues: capIssues(issues) }
    : { ok: true, bundle: { type: envelope.type, entries: read } };
}

interface Envelope {
  readonly type: ReadBundle['type'];
  readonly entries: readonly unknown[];
}

function readEnvelope(value: unknown, note: NoteIssue): Envelope | undefined {
  if (!isObject(value) || value['resourceType'] !== 'Bundle') {
    note('invalid', 'the body must be a Bundle', 'Bundle');
    return undefined;
  }
  noteUnknown(value, bundleNames, { note, at: 'Bundle' });
  const { type, entry } = value;
  if (type !== 'batch' && type !== 'transaction') {
    note(
      type === undefined ? 'required' : 'not-supported',
      'the type must be batch or transaction',
      'Bundle.type',
    );
    return undefined;
  }
  if (entry !== undefined && !Array.isArray(entry)) {
    note('structure', 'must be an array', 'Bundle.entry');
    return undefined;
  }
  return { type, entries: entry ?? [] };
}

/** The resources were replaced by their indexes; a number that the client itself wrote in such a place is found out. */
function checkPlaceholders(entries: readonly unknown[], count: number, note: NoteIssue): void {
  let next = 0;
  for (const [index, entry] of entries.entries()) {
    if (!isObject(entry) || typeof entry['resource'] !== 'number') continue;
    if (entry['resource'] === next) next++;
    else note('structure', 'a resource must be an object', `Bundle.entry[${String(index)}].resource`);
  }
  if (next !== count) note('structure', 'a resource stands where none may be', 'Bundle');
}

const noLinks: EntryLinks = { links: [], literals: [] };

const batchEntries = (entries: readonly RuledEntry[]): ReadEntry[] =>
  entries.map(({ members, resource }) => ({ members, resource, links: noLinks }));

function transactionEntries(
  entries: readonly (RuledEntry | undefined)[],
  { base, note }: { readonly base: string; readonly note: NoteIssue },
): ReadEntry[] {
  const readable = entries.filter((entry) => entry !== undefined);
  checkTransaction(readable, base, note);
  const context = linkContext(entries, base);
  return readable.map((entry) => ({
    members: entry.members,
    resource: entry.resource,
    links: readEntryLinks(entry, context, note),
  }));
}
