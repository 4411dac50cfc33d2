import { fhirError } from '../../../../fhir/fhir-error.js';
import type { Store, StoredVersion } from '../../../../ports/store.js';
import type { FeatureRecord } from '../../features.js';
import type { Explanation, FieldExplanation, Scorer } from '../../scorer.js';
import { readIdentity } from '../../identity/index.js';
import { factsOf, type PatientFacts } from '../../patient/patient-facts.js';
import { pairKey, standingPairs, type StandingDecision } from '../records/decision.js';
import { enrolVersion, knownFrom } from '../held/enrol-patient.js';
import { countsPerson, type DomainRole } from '../held/person-authority.js';
import { createWorkingSet, type ReadingStore } from '../held/working-set.js';

/** Why two Patients are, or are not, one person. */
export interface PairExplanation extends Omit<Explanation, 'fields'> {
  readonly fields: readonly ComparedField[];
  /** Persons of today; absent where there is none. */
  readonly persons: readonly [string | undefined, string | undefined];
  /** What a human decided of the two, which stands over the weights. */
  readonly decided?: Pick<StandingDecision, 'id' | 'kind' | 'at'>;
  /** Their own sources say that one replaces the other. */
  readonly replaced: boolean;
}

export interface ComparedField extends FieldExplanation {
  /** What each record tells, in the form in which it is compared; '' where it tells nothing. */
  readonly first: string;
  readonly second: string;
}

export interface ExplainDeps extends DomainRole {
  readonly store: ReadingStore & Pick<Store, 'readVersion'>;
  readonly scorer: () => Promise<Scorer>;
}

/** By the model of today. Throws `not-found` where one of them is not registered here. */
export async function explainPair(
  { store, scorer, ...role }: ExplainDeps,
  first: string,
  second: string,
): Promise<PairExplanation> {
  const [one, other] = await store.enrolled([first, second]);
  if (!one || !other) {
    throw fhirError('not-found', 'not-found', 'No such Patient is registered at this node');
  }
  const known = [knownFrom(first, one), knownFrom(second, other)] as const;
  const versions = await store.read([first, second].map((id) => ({ type: 'Patient', id })));
  const compared = compare(
    await scorer(),
    { record: known[0].record, facts: shownFacts(versions[0]) },
    { record: known[1].record, facts: shownFacts(versions[1]) },
  );
  const set = createWorkingSet(store, countsPerson(role));
  const personOf = async (patient: string) => (await set.personsOf([patient]))[0]?.id;
  const decided = standingPairs(await set.decisionsOf([first, second])).get(pairKey(first, second))?.decision;
  return {
    ...compared,
    persons: [await personOf(first), await personOf(second)],
    ...(decided ? { decided: { id: decided.id, kind: decided.kind, at: decided.at } } : {}),
    replaced: known[0].sameAs.includes(second) || known[1].sameAs.includes(first),
  };
}

/** Two versions of one Patient, as if they were two. Throws `not-found` where one of them is no longer held. */
export async function explainVersions(
  { store, scorer, ...role }: ExplainDeps,
  patient: string,
  { before, after }: { readonly before: number; readonly after: number },
): Promise<PairExplanation> {
  const key = { type: 'Patient', id: patient };
  const versions = [await store.readVersion(key, before), await store.readVersion(key, after)] as const;
  const [one, other] = [sideOf(versions[0]), sideOf(versions[1])];
  if (!one || !other) {
    throw fhirError('not-found', 'not-found', 'The versions that the Task names are no longer held');
  }
  const [person] = await createWorkingSet(store, countsPerson(role)).personsOf([patient]);
  return {
    ...compare(await scorer(), one, other),
    persons: [person?.id, person?.id],
    replaced: false,
  };
}

/** A record with what is shown of it. */
interface Side {
  readonly record: FeatureRecord;
  readonly facts: PatientFacts;
}

function sideOf(version: StoredVersion | undefined): Side | undefined {
  if (!version || version.deleted) return undefined;
  return { record: enrolVersion(version).known.record, facts: shownFacts(version) };
}

const shownFacts = (version: StoredVersion | undefined): PatientFacts =>
  factsOf(readIdentity(JSON.parse(version?.body || '{}')));

function compare(scorer: Scorer, one: Side, other: Side): Omit<PairExplanation, 'persons' | 'replaced'> {
  const explanation = scorer.explain(one.record, other.record);
  return {
    ...explanation,
    fields: explanation.fields.map((field) => ({
      ...field,
      first: shown(field.field, one.facts),
      second: shown(field.field, other.facts),
    })),
  };
}

const shown = (field: string, facts: PatientFacts): string => show[field]?.(facts) ?? '';

/** By the names of the fields of the schema `patient`. */
const show: Readonly<Record<string, (facts: PatientFacts) => string | undefined>> = {
  given: ({ name }) => name?.given,
  surname: ({ name }) => name?.family,
  birthDate: ({ birthDate }) => birthDate?.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'),
  identifier: ({ documents }) => documents.map(({ kind, value }) => `${kind} ${value}`).join(', '),
  phone: ({ phones }) => phones.join(', '),
  home: ({ homes }) => homes.map(({ text, division }) => text || division).join('; '),
  sex: ({ sex }) => sex,
};
