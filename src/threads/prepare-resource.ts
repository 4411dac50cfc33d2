import type { EntryResource } from '../fhir/bundle/entry-resource.js';
import { readEntryResource } from '../fhir/bundle/entry-resource.js';
import { capIssues, mostIssues } from '../fhir/cap-issues.js';
import type { Issue } from '../fhir/issue.js';
import { scanJson } from '../fhir/json/scan-json.js';
import { equalsButStamp, stampEdits } from '../fhir/json/stamp-text.js';
import { splice } from '../fhir/json/splice.js';
import type { ResourceKey } from '../fhir/key.js';
import { referenceSites } from '../fhir/references/link-sites.js';
import { locateValues } from '../fhir/references/locate-values.js';
import { readReferenceForm } from '../fhir/references/reference-form.js';
import type { PrepareRequest, PrepareResult } from '../ports/ingest.js';
import { makeRecords } from './make-records.js';

/** One resource of a create or update, from its text to its rows. `base` is this server's own. */
export function prepareResource(request: PrepareRequest, base: string): PrepareResult {
  const scanned = scanJson(request.text);
  if (!scanned.ok) return { outcome: 'invalid', category: 'malformed', issues: scanned.issues };
  const issues: Issue[] = [];
  const resource = readEntryResource(scanned, request.type, (code, diagnostics, expression) => {
    issues.push({ severity: 'error', code, diagnostics, expression });
  });
  if (resource !== undefined) issues.push(...identityIssues(resource, request));
  if (resource === undefined || issues.length > 0)
    return { outcome: 'invalid', category: 'malformed', issues };
  const { type, stamp, current } = request;
  if (current !== undefined && isUnchanged(resource.text, stamp.id, current)) return { outcome: 'unchanged' };
  const links = readReferences(resource, base);
  const body = splice(resource.text, stampEdits(resource.text, resource.places, stamp));
  const [made] = makeRecords([{ key: { type, id: stamp.id }, stamp, body, base }]);
  if (made === undefined) throw new Error('a body has become no record');
  if (made.outcome === 'invalid') return { ...made, issues: [...made.issues, ...links.issues] };
  if (links.issues.length > 0) return { outcome: 'invalid', category: 'business-rule', issues: links.issues };
  return { outcome: 'prepared', record: { ...made.record, references: links.references } };
}

function identityIssues(resource: EntryResource, { type, interaction, stamp }: PrepareRequest): Issue[] {
  const issue = (code: Issue['code'], diagnostics: string, expression: string): Issue[] => [
    { severity: 'error', code, diagnostics, expression },
  ];
  if (resource.type !== type) {
    return issue('invalid', 'the resource is of another type than the URL names', `${type}.resourceType`);
  }
  if (interaction === 'create' || resource.id === stamp.id) return [];
  return resource.places.id === undefined
    ? issue('required', 'the resource of an update needs the id of its URL', `${type}.id`)
    : issue('invalid', 'the id is another than the URL names', `${type}.id`);
}

/** Whether a compact text equals the current version but for versionId and lastUpdated. */
export function isUnchanged(
  text: string,
  id: string,
  current: NonNullable<PrepareRequest['current']>,
): boolean {
  const { body, versionId, lastUpdated } = current;
  return equalsButStamp(text, { body, stamp: { id, versionId, lastUpdated } });
}

interface References {
  readonly references: readonly ResourceKey[];
  readonly issues: readonly Issue[];
}

/** Literal references, and as faults those which only a transaction could resolve. */
function readReferences(resource: EntryResource, base: string): References {
  const { text, type } = resource;
  const references = new Map<string, ResourceKey>();
  const unresolvable: number[] = [];
  for (const { kind, start, target } of referenceSites(resource)) {
    if (kind !== 'reference') continue;
    const form = readReferenceForm(target, base);
    if (form.kind === 'literal') references.set(`${form.key.type}/${form.key.id}`, form.key);
    else if (form.kind !== 'other' && unresolvable.length <= mostIssues) unresolvable.push(start - 1);
  }
  const places = unresolvable.length === 0 ? [] : [...locateValues(text, type, unresolvable).values()];
  const issues = places.map(({ path }): Issue => ({
    severity: 'error',
    code: 'not-found',
    diagnostics: 'only a transaction can resolve a urn:uuid or a conditional reference',
    expression: path,
  }));
  return { references: [...references.values()], issues: capIssues(issues) };
}
