import type { Enrolment, StoredVersion } from '../../../ports/store.js';
import type { FeatureRecord } from '../features.js';
import { readIdentity, type PatientIdentity } from '../identity/index.js';
import { listOf, memberOf, textAt } from '../identity/loose-json.js';
import { patientFeatures } from '../patient/patient-features.js';

/** What the index makes of one version of a Patient. */
export interface PatientEnrolment {
  readonly enrolment: Enrolment;
  readonly record: FeatureRecord;
  readonly identity: PatientIdentity;
  /** Patients that this one was replaced by or replaces, as its own source says (Patient.link; IHE ITI-104). */
  readonly sameAs: readonly string[];
}

/** Reads a stored Patient, of whatever shape its owner let in. `today` is YYYY-MM-DD. */
export function enrolPatient(version: StoredVersion, today: string): PatientEnrolment {
  const { key, body, origin, versionId } = version;
  const patient: unknown = JSON.parse(body);
  const identity = readIdentity(patient, today);
  const record = patientFeatures(key.id, identity);
  const sameAs = replacedIds(patient);
  const enrolment: Enrolment = {
    versionId,
    source: origin.source,
    division: divisionOf(identity),
    verified: record.distinctive !== undefined && Object.keys(record.distinctive).length > 0,
    matchable: record.blockingKeys.length > 0,
    facts: JSON.stringify({ identity, sameAs } satisfies Facts),
    blockingKeys: record.blockingKeys,
  };
  return { enrolment, record, identity, sameAs };
}

/** What the store keeps as text, so that no other Patient's body is read again for a comparison. */
export interface Facts {
  readonly identity: PatientIdentity;
  readonly sameAs: readonly string[];
}

export interface ReadFacts extends Facts {
  readonly record: FeatureRecord;
}

/** Facts as they were kept by enrolPatient. */
export function readFacts(id: string, facts: string): ReadFacts {
  const { identity, sameAs } = JSON.parse(facts) as Facts;
  return { identity, sameAs, record: patientFeatures(id, identity) };
}

const most = 20;

function replacedIds(patient: unknown): string[] {
  const ids: string[] = [];
  for (const link of listOf(memberOf(patient, 'link')).slice(0, most)) {
    if (!/^replace/.test(textAt(link, 'type'))) continue;
    const reference = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(textAt(memberOf(link, 'other'), 'reference'));
    if (reference?.[1] !== undefined) ids.push(reference[1]);
  }
  return ids;
}

/** Six digits: a county, district or city at county level (GB/T 2260). */
function divisionOf({ addresses }: PatientIdentity): string {
  const told = addresses.find(({ division }) => division.length >= 6);
  return told ? told.division.slice(0, 6) : '';
}
