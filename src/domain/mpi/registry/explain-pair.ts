import { fhirError } from '../../../fhir/fhir-error.js';
import type { Explanation, FieldExplanation, Scorer } from '../scorer.js';
import { factsOf, type PatientFacts } from '../patient/patient-facts.js';
import { pairKey, standingPairs, type StandingDecision } from './decision.js';
import { readFacts, type ReadFacts } from './enrol-patient.js';
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

/** By the model of today. Throws `not-found` where one of them is not registered here. */
export async function explainPair(
  { store, scorer }: { readonly store: ReadingStore; readonly scorer: () => Promise<Scorer> },
  first: string,
  second: string,
): Promise<PairExplanation> {
  const [one, other] = await store.enrolled([first, second]);
  if (!one || !other) {
    throw fhirError('not-found', 'not-found', 'No such Patient is registered at this node');
  }
  const facts = [readFacts(first, one.facts), readFacts(second, other.facts)] as const;
  const explanation = (await scorer()).explain(facts[0].record, facts[1].record);
  const set = createWorkingSet(store);
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
    replaced: facts[0].sameAs.includes(second) || facts[1].sameAs.includes(first),
  };
}

const shown = (field: string, { identity }: ReadFacts): string => show[field]?.(factsOf(identity)) ?? '';

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
