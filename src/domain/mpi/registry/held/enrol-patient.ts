import { dayOf, dayText, toMs } from '../../../../fhir/instant.js';
import type { Enrolment, StoredVersion } from '../../../../ports/store.js';
import type { FeatureRecord } from '../../features.js';
import { readIdentity, type PatientIdentity } from '../../identity/index.js';
import { type ComparedFacts, comparedFacts } from '../../patient/compared-facts.js';
import { factsOf } from '../../patient/patient-facts.js';
import { featuresOfFacts } from '../../patient/patient-features.js';
import { patientKeys } from '../../patient/patient-keys.js';
import { namesOthers, namingKeys } from './replaced-patients.js';
import { sourceQuality } from './source-quality.js';

/** What the index makes of one version of a Patient. */
export interface PatientEnrolment {
  readonly enrolment: Enrolment;
  readonly known: KnownPatient;
}

/** What the index remembers of a Patient between comparisons. */
export interface KnownPatient {
  /** Without its blocking keys, which lie in the store's index. */
  readonly record: FeatureRecord;
  /** How good a source of names and dates it is; see sourceQuality. */
  readonly quality: number;
  /** It says something to match on. */
  readonly matchable: boolean;
  /** Six digits (GB/T 2260) of the home's county; '' where it is not told. */
  readonly division: string;
  /** Patients that this one was replaced by or replaces, as its own source says (Patient.link; IHE ITI-104). */
  readonly sameAs: readonly string[];
}

/** What the store keeps as text, so that no other Patient's body is read again for a comparison. */
interface Facts extends Pick<KnownPatient, 'quality' | 'sameAs'> {
  readonly compared: ComparedFacts;
}

/**
 * Reads a stored Patient, of whatever shape its owner let in. `today` is YYYY-MM-DD; `sameAs` are the Patients that it
 * names as replaced or replacing (replaced-patients.ts).
 */
export function enrolPatient(
  { key, body, origin, versionId }: Pick<StoredVersion, 'key' | 'body' | 'origin' | 'versionId'>,
  today: string,
  sameAs: readonly string[] = [],
): PatientEnrolment {
  const patient: unknown = JSON.parse(body);
  const identity = readIdentity(patient, today);
  const facts = factsOf(identity);
  const compared = comparedFacts(facts, identity);
  const record = featuresOfFacts(key.id, compared);
  const keys = patientKeys(facts);
  const matchable = keys.length > 0;
  const quality = sourceQuality(identity, record);
  const division = divisionOf(identity);
  return {
    enrolment: {
      versionId,
      source: origin.source,
      division,
      verified: Object.keys(record.distinctive ?? {}).length > 0,
      matchable,
      facts: JSON.stringify({ compared, quality, sameAs } satisfies Facts),
      blockingKeys: namesOthers(body) ? [...keys, ...namingKeys(patient)] : keys,
    },
    known: { record, quality, matchable, division, sameAs },
  };
}

/** A version as of the day on which it was written, whatever it names. */
export const enrolVersion = (version: StoredVersion): PatientEnrolment =>
  enrolPatient(version, dayText(dayOf(toMs(version.lastUpdated))));

/** A Patient as it was kept by enrolPatient. */
export function knownFrom(
  id: string,
  { facts, matchable, division }: Pick<Enrolment, 'facts' | 'matchable' | 'division'>,
): KnownPatient {
  const { compared, quality, sameAs } = JSON.parse(facts) as Facts;
  return { record: featuresOfFacts(id, compared), quality, matchable, division, sameAs };
}

/** Six digits: a county, district or city at county level (GB/T 2260). */
function divisionOf({ addresses }: PatientIdentity): string {
  const told = addresses.find(({ division }) => division.length >= 6);
  return told ? told.division.slice(0, 6) : '';
}
