import { chainOf } from '../chain.js';
import { packDate } from '../comparisons/birth-date.js';
import { type PersonalName } from '../comparisons/personal-name.js';
import { type FeatureRecord } from '../features.js';
import { type IdentifierKind, type PatientIdentity } from '../identity/index.js';
import { packCode } from '../packed-code.js';
import { textHash } from '../text-hash.js';
import { type ComparedFacts, comparedFacts } from './compared-facts.js';
import { type SpokenPart, spokenPart } from './han-name-part.js';
import { homeOf } from './home.js';
import { packDocument } from './identifiers.js';
import { type Document, factsOf } from './patient-facts.js';
import { patientKeys } from './patient-keys.js';

/** The feature record of a Patient for the schema `patient`. `id` is the Patient's. */
export function patientFeatures(id: string, identity: PatientIdentity): FeatureRecord {
  const facts = factsOf(identity);
  return { ...featuresOfFacts(id, comparedFacts(facts, identity)), blockingKeys: patientKeys(facts) };
}

/** The same of what was kept; without blocking keys, which lie in the store's index. */
export function featuresOfFacts(id: string, facts: ComparedFacts): FeatureRecord {
  const { name, birthDate, documents = [], phones = [], homes = [], sex, birthOrder, temporary } = facts;
  const own = distinctiveOf(documents);
  return {
    id,
    values: [
      name && partsOf(name),
      birthDate === undefined ? undefined : packDate(birthDate),
      chainOf(documents, packDocument),
      chainOf(phones, packCode),
      chainOf(homes, homeOf),
      sex,
    ],
    blockingKeys: [],
    distinctive: own,
    ...(birthOrder !== undefined && { separating: { birthOrder } }),
    stewardOnly: temporary === true && own['birthCertificate'] === undefined,
  };
}

const partsOf = ({
  family,
  given,
  familyReadings,
  givenReadings,
}: NonNullable<ComparedFacts['name']>): PersonalName<SpokenPart> => ({
  given: given === '' ? undefined : spokenPart(given, givenReadings),
  surname: family === '' ? undefined : spokenPart(family, familyReadings),
  whole: textHash(family + given),
  swapped: textHash(given + family),
});

/** What a person has one of: a verified resident id, a birth certificate. */
function distinctiveOf(documents: readonly Document[]): Readonly<Record<string, string>> {
  const residentId = documents.find(({ kind, verified }) => verified && isResidentForm(kind));
  const certificate = documents.find(({ kind }) => kind === 'birth-certificate');
  return {
    ...(residentId && { residentId: residentId.value }),
    ...(certificate && { birthCertificate: certificate.value }),
  };
}

const isResidentForm = (kind: IdentifierKind): boolean =>
  kind === 'resident-id' || kind === 'residence-permit';
