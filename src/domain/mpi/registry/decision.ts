import type { StoredVersion } from '../../../ports/store.js';
import { listOf, memberOf, textAt } from '../identity/loose-json.js';
import type { DecidedPairs } from '../cluster.js';
import { extensionUrls } from './names.js';

/** What a human decided of Patients; kept as a Linkage (http://hl7.org/fhir/R4/linkage.html). */
export interface Decision {
  readonly kind: 'link' | 'non-link';
  /** Of a link all records of both groups are one person; of a non-link none of the first is one with any of the second. */
  readonly groups: readonly [readonly string[], readonly string[]];
  /** Id of the Person that goes on (merge) or comes back (unmerge). */
  readonly person?: string;
}

/** A decision as it stands in the store. */
export interface StandingDecision extends Decision {
  readonly id: string;
  /** The owner's lastUpdated: of two that name one pair the later stands. */
  readonly at: string;
}

export interface DecisionRecord extends Decision {
  readonly id: string;
  /** Who decided: the principal's id. */
  readonly decidedBy: string;
  /** `Practitioner/…`, `PractitionerRole/…` or `Organization/…`, where it is told. */
  readonly author?: string;
  readonly reason?: string;
  /** False once it was undone. */
  readonly active: boolean;
}

/** FHIR R4 Linkage as JSON text, without `meta`. */
export function linkageText(record: DecisionRecord): string {
  const { id, kind, groups, person, decidedBy, author, reason, active } = record;
  const [first, second] = groups;
  const item = (type: string, patients: readonly string[]): object[] =>
    patients.map((patient) => ({ type, resource: { reference: `Patient/${patient}` } }));
  return JSON.stringify({
    resourceType: 'Linkage',
    id,
    extension: [
      { url: extensionUrls.decision, valueCode: kind },
      { url: extensionUrls.decidedBy, valueString: decidedBy },
      ...(reason === undefined ? [] : [{ url: extensionUrls.reason, valueString: reason }]),
      ...(person === undefined
        ? []
        : [{ url: extensionUrls.person, valueReference: { reference: `Person/${person}` } }]),
    ],
    active,
    ...(author === undefined ? {} : { author: { reference: author } }),
    item: [...item('source', first), ...item('alternate', second)],
  });
}

/**
 * Of a stored Linkage; undefined where it decides nothing (undone, deleted, fewer than two Patients). A Linkage without
 * our extension links its items, which is what the resource means.
 */
export function readDecision(version: Pick<StoredVersion, 'key' | 'body' | 'deleted' | 'lastUpdated'>) {
  if (version.deleted) return undefined;
  const value: unknown = JSON.parse(version.body);
  if (memberOf(value, 'active') === false) return undefined;
  const groups = groupsOf(value);
  if (groups[0].length === 0 || groups[1].length === 0) return undefined;
  const person = textAt(memberOf(extensionOf(value, extensionUrls.person), 'valueReference'), 'reference');
  const standing: StandingDecision = {
    id: version.key.id,
    at: version.lastUpdated,
    kind:
      textAt(extensionOf(value, extensionUrls.decision), 'valueCode') === 'non-link' ? 'non-link' : 'link',
    groups,
    ...(person.startsWith('Person/') ? { person: person.slice('Person/'.length) } : {}),
  };
  return standing;
}

/** All Patients that a Linkage names, undone or not: whom a new version of it concerns. */
export function patientsOfLinkage(body: string): string[] {
  return groupsOf(JSON.parse(body)).flat();
}

const extensionOf = (value: unknown, url: string): unknown =>
  listOf(memberOf(value, 'extension')).find((extension) => textAt(extension, 'url') === url);

function groupsOf(value: unknown): [string[], string[]] {
  const groups: [string[], string[]] = [[], []];
  for (const item of listOf(memberOf(value, 'item'))) {
    const reference = textAt(memberOf(item, 'resource'), 'reference');
    if (!reference.startsWith('Patient/')) continue;
    groups[textAt(item, 'type') === 'source' ? 0 : 1].push(reference.slice('Patient/'.length));
  }
  return groups;
}

/** Decisions, earlier ones first, as pairs of places in a group of records: of two that name one pair the later stands. */
export function decidedPairs(
  decisions: readonly StandingDecision[],
  places: ReadonlyMap<string, number>,
): DecidedPairs {
  const standing = new Map<
    string,
    { readonly pair: readonly [number, number]; readonly together: boolean }
  >();
  const note = (one: string, other: string, together: boolean): void => {
    const [first, second] = [places.get(one), places.get(other)];
    if (first === undefined || second === undefined || first === second) return;
    const pair = [Math.min(first, second), Math.max(first, second)] as const;
    standing.set(pair.join(), { pair, together });
  };
  for (const { kind, groups } of [...decisions].sort((one, other) => (one.at < other.at ? -1 : 1))) {
    const [first, second] = groups;
    for (const one of first) for (const other of second) note(one, other, kind === 'link');
    if (kind === 'link')
      for (const group of groups) for (const one of group) note(group[0] ?? one, one, true);
  }
  const rows = [...standing.values()];
  return {
    together: rows.filter(({ together }) => together).map(({ pair }) => pair),
    apart: rows.filter(({ together }) => !together).map(({ pair }) => pair),
  };
}
