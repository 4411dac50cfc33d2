import type { EntryLink } from '../fhir/bundle/entry-links.js';
import type { ReadBundle, ReadEntry } from '../fhir/bundle/read-bundle.js';
import type { EntryResource } from '../fhir/bundle/entry-resource.js';
import { capIssues, mostIssues } from '../fhir/cap-issues.js';
import type { Issue } from '../fhir/issue.js';
import { stampEdits } from '../fhir/json/stamp-text.js';
import { splice } from '../fhir/json/splice.js';
import type { Edit } from '../fhir/json/splice.js';
import { toReference } from '../fhir/key.js';
import type { ResourceKey } from '../fhir/key.js';
import { readReferenceForm } from '../fhir/references/reference-form.js';
import { locateValues } from '../fhir/references/locate-values.js';
import type { BundleDecisions, EntryDecision, PreparedRecord, PrepareBundleResult } from '../ports/ingest.js';
import { makeRecords, type Stamped } from './make-records.js';

type Write = Extract<EntryDecision, { kind: 'write' }>;
type Entries = readonly (PreparedRecord | 'unchanged' | undefined)[];

interface Preparing {
  readonly bundle: ReadBundle;
  readonly decisions: BundleDecisions;
  readonly issues: Issue[];
  /** Set once a fault of form is found, which outweighs broken rules. */
  malformed: boolean;
  /** What must exist outside the Bundle. */
  readonly outside: Map<string, ResourceKey>;
  /** Conditional references that were met. */
  readonly targets: Set<string>;
}

/**
 * Rewrites the links of the resources that are written as the decisions say, stamps, validates and indexes them. All
 * faults of all entries are told, with their place in the Bundle.
 */
export function prepareEntries(
  bundle: ReadBundle,
  decisions: BundleDecisions,
  base: string,
): PrepareBundleResult {
  const preparing: Preparing = {
    bundle,
    decisions,
    issues: [],
    malformed: false,
    outside: new Map(),
    targets: new Set(),
  };
  noteTwice(preparing);
  const records = recordsOf(preparing, base);
  const { issues, malformed, outside } = preparing;
  if (issues.length > 0) {
    return {
      outcome: 'invalid',
      category: malformed ? 'malformed' : 'business-rule',
      issues: capIssues(issues),
    };
  }
  // What an entry resolved to is held outside the Bundle, and may be gone by now.
  for (const decision of decisions.entries)
    if (decision.kind === 'write') outside.delete(toReference(decision.key));
  return { outcome: 'prepared', records, references: [...outside.values()] };
}

/** Criteria of two entries may have met in one resource. */
function noteTwice(preparing: Preparing): void {
  const written = new Set<string>();
  for (const [index, decision] of preparing.decisions.entries.entries()) {
    if (decision.kind !== 'write') continue;
    const name = toReference(decision.key);
    if (written.has(name)) {
      preparing.malformed = true;
      noteFault(preparing, {
        code: 'duplicate',
        text: 'another entry writes the same resource',
        at: at(index),
      });
    }
    written.add(name);
  }
}

/** All are stamped first, then made into records together, which is quicker than to do both one by one. */
function recordsOf(preparing: Preparing, base: string): Entries {
  const { bundle, decisions } = preparing;
  const written: Written[] = [];
  const records: (PreparedRecord | 'unchanged' | undefined)[] = bundle.entries.map((entry, index) => {
    const decision = decisions.entries[index];
    if (decision?.kind !== 'write') return undefined;
    const stamped = stampEntry(preparing, { entry, index, decision, base });
    if (stamped === 'unchanged') return stamped;
    written.push(stamped);
    return undefined;
  });
  for (const [place, made] of makeRecords(written).entries()) {
    const { index, key } = written[place] as Written;
    if (made.outcome === 'made') records[index] = made.record;
    else {
      if (made.category === 'malformed') preparing.malformed = true;
      for (const issue of made.issues) noteIssue(preparing, inBundle(issue, index, key.type));
    }
  }
  return records;
}

interface Written extends Stamped {
  readonly index: number;
}

interface Entry {
  readonly entry: ReadEntry;
  readonly index: number;
  readonly decision: Write;
  readonly base: string;
}

function stampEntry(preparing: Preparing, { entry, index, decision, base }: Entry): Written | 'unchanged' {
  const { resource, links } = entry;
  if (resource === undefined) throw new Error('an entry without a resource was decided to be written');
  const edits = rewriteEdits(preparing, { resource, index, links: links.links });
  const { key, stamp, current } = decision;
  const stamped = (with_: Write['stamp']): string =>
    splice(resource.text, [...stampEdits(resource.text, resource.places, with_), ...edits]);
  if (current !== undefined && stamped({ ...current, id: key.id }) === current.body) return 'unchanged';
  for (const literal of links.literals) preparing.outside.set(toReference(literal), literal);
  for (const { to } of links.links) if (typeof to === 'string') noteTarget(preparing, to, base);
  return { index, key, stamp, body: stamped(stamp), base };
}

/** What a conditional reference led to must exist. */
function noteTarget({ decisions, outside, targets }: Preparing, reference: string, base: string): void {
  if (targets.has(reference)) return;
  targets.add(reference);
  const target = decisions.references.get(reference);
  const form = target === undefined ? undefined : readReferenceForm(target, base);
  if (form?.kind === 'literal') outside.set(toReference(form.key), form.key);
}

/** The links with what they become; one that leads nowhere is a fault. */
function rewriteEdits(
  preparing: Preparing,
  entry: { readonly resource: EntryResource; readonly index: number; readonly links: readonly EntryLink[] },
): Edit[] {
  const { decisions } = preparing;
  const edits: Edit[] = [];
  const lost: number[] = [];
  for (const { start, end, to } of entry.links) {
    const target = typeof to === 'string' ? decisions.references.get(to) : targetOf(decisions.entries[to]);
    if (target !== undefined) edits.push({ start, end, text: target });
    else if (lost.length <= mostIssues) lost.push(start - 1);
  }
  if (lost.length === 0) return edits;
  const { text, type } = entry.resource;
  for (const { path } of locateValues(text, type, lost).values()) {
    const expression = `${at(entry.index)}.resource${path.slice(type.length)}`;
    noteFault(preparing, {
      code: 'not-found',
      text: 'refers to an entry that leaves no resource',
      at: expression,
    });
  }
  return edits;
}

const targetOf = (decision: EntryDecision | undefined): string | undefined =>
  decision === undefined || decision.kind === 'none' ? undefined : toReference(decision.key);

const at = (index: number): string => `Bundle.entry[${String(index)}]`;

/** One more than are told, so that it shows that there are more. */
function noteIssue({ issues }: Preparing, issue: Issue): void {
  if (issues.length <= mostIssues) issues.push(issue);
}

function noteFault(
  preparing: Preparing,
  fault: { readonly code: Issue['code']; readonly text: string; readonly at: string },
): void {
  noteIssue(preparing, {
    severity: 'error',
    code: fault.code,
    diagnostics: fault.text,
    expression: fault.at,
  });
}

/** `Patient.contact[1].gender` → `Bundle.entry[3].resource.contact[1].gender`. */
function inBundle(issue: Issue, index: number, type: string): Issue {
  const { expression } = issue;
  const below = expression?.startsWith(type) === true ? expression.slice(type.length) : '';
  return { ...issue, expression: `${at(index)}.resource${below}` };
}
