import type { StoredVersion } from '../../../../ports/store.js';
import { listOf, memberOf, textAt } from '../../identity/loose-json.js';
import type { DecidedPairs } from '../../cluster.js';
import { extensionUrls } from './names.js';
import { mostInPerson } from './person-size.js';

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

/** What a source says of its record and such as it replaces or was replaced by: the earliest decisions of all. */
export const saidBySource = (patient: string, sameAs: readonly string[]): StandingDecision[] =>
  sameAs.map((other) => ({ id: '', at: '', kind: 'link', groups: [[patient], [other]] }));

/** The Patients that a Linkage names, undone or not: whom a new version of it concerns. */
export const namedByLinkage = (body: string): Decision['groups'] => groupsOf(JSON.parse(body));

const extensionOf = (value: unknown, url: string): unknown =>
  listOf(memberOf(value, 'extension')).find((extension) => textAt(extension, 'url') === url);

/** Of a Linkage that names more Patients or pairs nothing is believed: every pair of them has to be held. */
const [mostNamed, mostPairs] = [mostInPerson, 250_000];

/** Each Patient once a group, however often it is listed. */
function groupsOf(value: unknown): [string[], string[]] {
  const groups = [new Set<string>(), new Set<string>()] as const;
  for (const item of listOf(memberOf(value, 'item'))) {
    const reference = textAt(memberOf(item, 'resource'), 'reference');
    if (!reference.startsWith('Patient/')) continue;
    groups[textAt(item, 'type') === 'source' ? 0 : 1].add(reference.slice('Patient/'.length));
  }
  const [{ size: firsts }, { size: seconds }] = groups;
  if (firsts + seconds > mostNamed || firsts * seconds > mostPairs) return [[], []];
  return [[...groups[0]], [...groups[1]]];
}

/** A pair of Patients and the decision that stands for it: of those that name it, the latest. */
export interface StandingPair {
  readonly first: string;
  readonly second: string;
  readonly decision: StandingDecision;
}

/** Of one list worked out once: a decision on many records is asked for with each of them. */
function ofList<Value>(work: (decisions: readonly StandingDecision[]) => Value): typeof work {
  const worked = new WeakMap<readonly StandingDecision[], { readonly value: Value }>();
  return (decisions) => {
    const known = worked.get(decisions) ?? { value: work(decisions) };
    worked.set(decisions, known);
    return known.value;
  };
}

/** Every pair that decisions tell of, by `pairKey`. */
export const standingPairs = ofList(pairsOf);

/** Those of which something stands, the latest first. */
export const standingDecisions = ofList((decisions) => {
  const standing = new Set([...standingPairs(decisions).values()].map(({ decision }) => decision));
  return [...standing].sort(byTime).reverse();
});

function pairsOf(decisions: readonly StandingDecision[]): ReadonlyMap<string, StandingPair> {
  const standing = new Map<string, StandingPair>();
  for (const decision of [...decisions].sort(byTime)) {
    const [firsts, seconds] = decision.groups;
    for (const first of firsts) {
      for (const second of seconds) {
        if (first !== second) standing.set(pairKey(first, second), { first, second, decision });
      }
    }
  }
  return standing;
}

/** The same for a pair whatever its order. */
export const pairKey = (first: string, second: string): string =>
  first < second ? `${first} ${second}` : `${second} ${first}`;

/** The earlier first; ids break ties, so that every node sees one order. */
export const byTime = (one: StandingDecision, other: StandingDecision): number =>
  one.at < other.at || (one.at === other.at && one.id < other.id) ? -1 : 1;

/**
 * Decisions as pairs of places in a group of records, the latest first: where not all of them can be kept, by way of
 * third records, the later ones are. A link also ties the records of each of its groups to one another, until every
 * pair across the groups was decided otherwise: then nothing of it is left.
 */
export function decidedPairs(
  decisions: readonly StandingDecision[],
  places: ReadonlyMap<string, number>,
): DecidedPairs {
  if (decisions.length === 0) return { together: [], apart: [] };
  const key = [...places].join(' ');
  const known = decidedWithin(decisions).get(key) ?? pairsWithin(decisions, places);
  decidedWithin(decisions).set(key, known);
  return known;
}

/** By the records asked about. */
const decidedWithin = ofList(() => new Map<string, DecidedPairs>());

function pairsWithin(
  decisions: readonly StandingDecision[],
  places: ReadonlyMap<string, number>,
): DecidedPairs {
  const together: [number, number][] = [];
  const apart: [number, number][] = [];
  const note = (list: [number, number][], one: string, other: string): void => {
    const [first, second] = [places.get(one), places.get(other)];
    if (first === undefined || second === undefined || first === second) return;
    list.push([Math.min(first, second), Math.max(first, second)]);
  };
  const pairs = standingPairs(decisions);
  for (const decision of standingDecisions(decisions)) {
    const groups = decision.groups.map((group) => group.filter((id) => places.has(id)));
    const [firsts = [], seconds = []] = groups;
    for (const one of firsts) {
      for (const other of seconds) {
        if (pairs.get(pairKey(one, other))?.decision !== decision) continue;
        note(decision.kind === 'link' ? together : apart, one, other);
      }
    }
    if (decision.kind !== 'link') continue;
    for (const [one = '', ...others] of groups) {
      for (const other of others) if (!pairs.has(pairKey(one, other))) note(together, one, other);
    }
  }
  return { together, apart };
}

/** A Person that decisions want for some records: it goes on, or comes back, with them. */
export interface Wanted {
  readonly person: string;
  readonly kind: Decision['kind'];
  /** Of a link: pairs of which both records must be there for it to count. Of a non-link: the records, each twice. */
  readonly pairs: readonly (readonly [string, string])[];
}

/** Which Persons decisions name, as far as they stand; the latest first. */
export const wantedPersons = ofList((decisions): readonly Wanted[] => {
  const pairs = new Map<StandingDecision, [string, string][]>();
  for (const { first, second, decision } of standingPairs(decisions).values()) {
    if (decision.person === undefined) continue;
    const pair: [string, string] = decision.kind === 'link' ? [first, second] : [first, first];
    const list = pairs.get(decision);
    if (list) list.push(pair);
    else pairs.set(decision, [pair]);
  }
  return [...pairs]
    .sort(([one], [other]) => byTime(other, one))
    .map(([decision, list]) => ({ person: decision.person ?? '', kind: decision.kind, pairs: list }));
});
