import { fhirError } from '../../../fhir/fhir-error.js';
import type { Explanation, FieldExplanation, Scorer } from '../scorer.js';
import { readIdentity } from '../identity/index.js';
import { factsOf, type PatientFacts } from '../patient/patient-facts.js';
import { pairKey, standingPairs, type StandingDecision } from './decision.js';
import { knownFrom } from './enrol-patient.js';
import { countsPerson, type DomainRole } from './person-authority.js';
import { createWorkingSet, type ReadingStore } from './working-set.js';

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
  readonly store: ReadingStore;
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
  const explanation = (await scorer()).explain(known[0].record, known[1].record);
  const bodies = await store.read([first, second].map((id) => ({ type: 'Patient', id })));
  const facts = bodies.map((version) => factsOf(readIdentity(JSON.parse(version?.body || '{}'))));
  const set = createWorkingSet(store, countsPerson(role));
  const personOf = async (patient: string) => (await set.personsOf([patient]))[0]?.id;
  const decided = standingPairs(await set.decisionsOf([first, second])).get(pairKey(first, second))?.decision;
  return {
    ...explanation,
    fields: explanation.fields.map((field) => ({
      ...field,
      first: shown(field.field, facts[0]),
      second: shown(field.field, facts[1]),
    })),
    persons: [await personOf(first), await personOf(second)],
    ...(decided ? { decided: { id: decided.id, kind: decided.kind, at: decided.at } } : {}),
    replaced: known[0].sameAs.includes(second) || known[1].sameAs.includes(first),
  };
}

const shown = (field: string, facts: PatientFacts | undefined): string =>
  (facts && show[field]?.(facts)) ?? '';

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
