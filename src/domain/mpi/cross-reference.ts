import { fhirError, type FhirError } from '../../fhir/fhir-error.js';
import type { EntryTest } from '../../fhir/search/search-expression.js';
import type { SearchMatch, Store } from '../../ports/store.js';
import { kindOfSystem, identifierSystems } from './identity/identifier-systems.js';
import { listOf, memberOf, textAt } from './identity/loose-json.js';
import { readResidentId } from './identity/resident-id.js';
import { orNotFound } from './or-not-found.js';
import { personSystem } from './registry/records/names.js';
import type { PersonIndex } from './registry/person-index.js';

export interface CrossReferenceDeps {
  readonly store: Pick<Store, 'search' | 'read'>;
  readonly index: Pick<PersonIndex, 'personOf' | 'resolve'>;
}

export interface BusinessIdentifier {
  readonly system: string;
  readonly value: string;
}

export interface CrossReferenceQuery {
  /** A hospital's or a document's, the regional id of a person, or `Patient/id` in the system of this FHIR server. */
  readonly source: BusinessIdentifier;
  /** Systems to be answered; none: all. */
  readonly targets: readonly string[];
  /** FHIR base of this server: the system of its Patients' ids. */
  readonly base: string;
}

export interface CrossReferences {
  /** FHIR Identifiers, each with system and value; the one that was asked with is left out. */
  readonly identifiers: readonly object[];
  /** Ids of the Patients that have an identifier of the systems asked for. */
  readonly patients: readonly string[];
  readonly provisional: boolean;
}

/** Which identifiers one person has in which systems (IHE PIXm, https://profiles.ihe.net/ITI/PIXm/ITI-83.html). */
export type CrossReference = (query: CrossReferenceQuery) => Promise<CrossReferences>;

/**
 * Throws as ITI-83 says: `malformed` for a source system of which nothing is held, `not-found` for an unknown identifier,
 * `forbidden` for an unknown target system; beyond it `conflict` where the identifier is on records of several persons.
 * An answer for all of them would hand out one person's numbers as another's, so there is none.
 */
export function createCrossReference(deps: CrossReferenceDeps): CrossReference {
  return async (query) => {
    const subject = await findSubject(deps, query);
    await requireKnownTargets(deps, query);
    return referencesOf(deps, query, subject);
  };
}

/** The person that a source identifier stands for. */
interface Subject {
  readonly person?: string;
  readonly patients: readonly string[];
  readonly provisional: boolean;
}

async function findSubject(
  deps: CrossReferenceDeps,
  { source, base }: CrossReferenceQuery,
): Promise<Subject> {
  if (source.system === personSystem) {
    const subject = await personSubject(deps, source.value);
    if (!subject) throw sourceNotFound();
    return subject;
  }
  if (source.system === base) {
    const id = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(source.value)?.[1];
    const [held] = id === undefined ? [] : await deps.store.read([{ type: 'Patient', id }]);
    if (id === undefined || !held || held.deleted) throw sourceNotFound();
    return patientSubject(deps, id);
  }
  const patients = await patientsWith(deps, source);
  const persons = await personsWith(deps, source);
  if (patients.length === 0 && persons.length === 0) {
    if (await isKnownSystem(deps, source.system)) throw sourceNotFound();
    throw fhirError('malformed', 'code-invalid', 'sourceIdentifier Assigning Authority not found');
  }
  return oneSubject(deps, patients, persons);
}

/** Undefined of a Person that was retired, or that doesn't count here. */
async function personSubject({ index }: CrossReferenceDeps, id: string): Promise<Subject | undefined> {
  const person = await orNotFound(index.resolve(id));
  if (!person?.active) return undefined;
  const patients = person.members.map(({ patient }) => patient);
  return { person: person.id, patients, provisional: false };
}

/** A Patient that has just come, and that the index has not met yet, is itself. */
async function patientSubject({ index }: CrossReferenceDeps, id: string): Promise<Subject> {
  const answer = await orNotFound(index.personOf(id));
  if (!answer) return { patients: [id], provisional: true };
  const { person, patients, provisional } = answer;
  return { ...(person ? { person: person.id } : {}), patients, provisional };
}

async function oneSubject(
  deps: CrossReferenceDeps,
  patients: readonly string[],
  persons: readonly string[],
): Promise<Subject> {
  let found: Subject | undefined;
  const meet = (subject: Subject | undefined): void => {
    if (found && subject && !isSame(found, subject)) throw severalPersons();
    found ??= subject;
  };
  for (const id of persons) meet(await personSubject(deps, id));
  for (const id of patients) if (!found?.patients.includes(id)) meet(await patientSubject(deps, id));
  if (!found) throw sourceNotFound();
  return found;
}

const isSame = (one: Subject, other: Subject): boolean =>
  (one.person !== undefined && one.person === other.person) ||
  one.patients.some((id) => other.patients.includes(id));

/** Records with one identifier that are looked at; an identifier on more is no person's. */
const mostPatients = 100;

async function patientsWith({ store }: CrossReferenceDeps, source: BusinessIdentifier): Promise<string[]> {
  const matches = await search(store, {
    type: 'Patient',
    test: { kind: 'token', ...source },
    limit: mostPatients + 1,
  });
  if (matches.length > mostPatients) throw severalPersons();
  return matches.map(({ key }) => key.id);
}

/** A Person carries its resident id in one form, however hospitals write it. */
async function personsWith({ store }: CrossReferenceDeps, source: BusinessIdentifier): Promise<string[]> {
  const document = kindOfSystem(source.system) === 'resident-id' ? readResidentId(source.value) : undefined;
  if (!document) return [];
  const test = { kind: 'token', system: identifierSystems.residentId, value: document.value } as const;
  const matches = await search(store, { type: 'Person', test, limit: mostPatients });
  return matches
    .filter(({ body }) => memberOf(JSON.parse(body), 'active') !== false)
    .map(({ key }) => key.id);
}

async function isKnownSystem({ store }: CrossReferenceDeps, system: string): Promise<boolean> {
  if (kindOfSystem(system) === 'resident-id') return true;
  return (await search(store, { type: 'Patient', test: { kind: 'token', system }, limit: 1 })).length > 0;
}

interface Search {
  readonly type: string;
  readonly test: EntryTest;
  readonly limit: number;
}

async function search(
  store: CrossReferenceDeps['store'],
  { type, test, limit }: Search,
): Promise<readonly SearchMatch[]> {
  const { matches } = await store.search({
    type,
    where: { kind: 'param', code: 'identifier', test },
    sort: { by: 'first-arrival', descending: false },
    limit,
    total: 'none',
  });
  return matches;
}

async function requireKnownTargets(
  deps: CrossReferenceDeps,
  { targets, base }: CrossReferenceQuery,
): Promise<void> {
  for (const system of new Set(targets)) {
    if (system === personSystem || system === base || (await isKnownSystem(deps, system))) continue;
    throw fhirError('forbidden', 'code-invalid', 'targetSystem not found');
  }
}

async function referencesOf(
  { store }: CrossReferenceDeps,
  { source, targets, base }: CrossReferenceQuery,
  { person, patients, provisional }: Subject,
): Promise<CrossReferences> {
  const isWanted = (system: string): boolean => targets.length === 0 || targets.includes(system);
  const identifiers = new Map<string, object>();
  const add = (identifier: BusinessIdentifier): void => {
    const { system, value } = identifier;
    if (isWanted(system) && !(system === source.system && value === source.value)) {
      identifiers.set(`${system}|${value}`, identifier);
    }
  };
  if (person !== undefined) add({ system: personSystem, value: person });
  const shown: string[] = [];
  const versions = await store.read(patients.map((id) => ({ type: 'Patient', id })));
  for (const version of versions) {
    if (!version || version.deleted) continue;
    const patient: unknown = JSON.parse(version.body);
    if (isReplaced(patient)) continue;
    const own = identifiersOf(patient);
    own.forEach(add);
    const isSource = source.system === base && source.value === `Patient/${version.key.id}`;
    if (!isSource && (isWanted(base) || own.some(({ system }) => isWanted(system))))
      shown.push(version.key.id);
  }
  return { identifiers: [...identifiers.values()], patients: shown, provisional };
}

/** Its source says that another record of its own goes on in its place (ITI-104): its numbers are used no more. */
const isReplaced = (patient: unknown): boolean =>
  listOf(memberOf(patient, 'link')).some((link) => textAt(link, 'type') === 'replaced-by');

/** Without an assigning authority an identifier says nothing elsewhere. */
function identifiersOf(patient: unknown): BusinessIdentifier[] {
  return listOf(memberOf(patient, 'identifier')).flatMap((identifier) => {
    const [system, value] = [memberOf(identifier, 'system'), memberOf(identifier, 'value')];
    if (typeof system !== 'string' || typeof value !== 'string') return [];
    const [use, type] = [memberOf(identifier, 'use'), memberOf(identifier, 'type')];
    return [
      { ...(use === undefined ? {} : { use }), ...(type === undefined ? {} : { type }), system, value },
    ];
  });
}

const sourceNotFound = (): FhirError =>
  fhirError('not-found', 'not-found', 'sourceIdentifier Patient Identifier not found');

const severalPersons = (): FhirError =>
  fhirError(
    'conflict',
    'multiple-matches',
    'The sourceIdentifier is on records of several persons: search them by Patient?identifier=, and ask with the id of one',
  );
