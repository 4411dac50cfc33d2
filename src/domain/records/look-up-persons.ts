import { fhirError } from '../../fhir/fhir-error.js';
import { mostAlternatives } from '../../fhir/search/parse-parameter.js';
import { personTargets } from '../../fhir/search/parse-person.js';
import type { QueryPairs } from '../../fhir/search/search-request.js';
import type { CallContext, RecordDeps } from './record-deps.js';

export interface LookedUpPersons {
  /** `Type/id` as asked for → `Patient/id` of all records of that person. */
  readonly persons: ReadonlyMap<string, readonly string[]>;
  readonly provisional: boolean;
}

/** Persons that one search may ask for: each is looked up before anything is searched. */
const mostPersons = 50;

/**
 * Looks up whom the modifier `:mdm` asks for in a query; undefined where it is not offered. Throws
 * `unsupported-search` for too many persons, or one with more records than a search may ask for.
 */
export async function lookUpPersons(
  { recordsOfPerson }: Pick<RecordDeps, 'recordsOfPerson'>,
  { base }: Pick<CallContext, 'base'>,
  pairs: QueryPairs,
): Promise<LookedUpPersons | undefined> {
  if (!recordsOfPerson) return undefined;
  const targets = personTargets(pairs, base);
  if (targets.length > mostPersons) throw tooCostly(`asks for more than ${String(mostPersons)} persons`);
  const persons = new Map<string, readonly string[]>();
  let provisional = false;
  for (const { type, id } of targets) {
    const found = await recordsOfPerson({ type, id });
    if (found.references.length > mostAlternatives) {
      throw tooCostly(`asks for a person with more than ${String(mostAlternatives)} records`);
    }
    persons.set(`${type}/${id}`, found.references);
    provisional ||= found.provisional;
  }
  return { persons, provisional };
}

const tooCostly = (text: string): Error =>
  fhirError('unsupported-search', 'too-costly', `The modifier :mdm ${text}; ask in several requests`);
