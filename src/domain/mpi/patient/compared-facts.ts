import { type PatientIdentity } from '../identity/index.js';
import { hashHome } from './home.js';
import { type Document, type PatientFacts } from './patient-facts.js';

/**
 * What a Patient is compared by, as plain data: small enough to be kept beside each record and read again for every
 * comparison. Homes are hashes; whoever wants a name or an address reads the Patient.
 */
export interface ComparedFacts {
  readonly name?: {
    readonly family: string;
    readonly given: string;
    readonly familyReadings: readonly string[];
    readonly givenReadings: readonly string[];
  };
  /** YYYYMMDD. */
  readonly birthDate?: string;
  readonly documents?: readonly Document[];
  readonly phones?: readonly string[];
  /** Hashes of each home's parts; see hashHome. */
  readonly homes?: readonly (readonly number[])[];
  readonly sex?: 'male' | 'female';
  /** Place among twins. */
  readonly birthOrder?: string;
  /** A newborn under its mother's name. */
  readonly temporary?: true;
}

export function comparedFacts(
  { name, birthDate, documents, phones, homes, sex }: PatientFacts,
  { temporary, multipleBirth }: PatientIdentity,
): ComparedFacts {
  const order = multipleBirth?.order;
  return {
    ...(name && {
      name: {
        family: name.family,
        given: name.given,
        familyReadings: name.familyReadings,
        givenReadings: name.givenReadings,
      },
    }),
    ...(birthDate !== undefined && { birthDate }),
    ...(documents.length > 0 && { documents }),
    ...(phones.length > 0 && { phones }),
    ...(homes.length > 0 && { homes: homes.map(hashHome) }),
    ...(sex !== undefined && { sex }),
    ...(order !== undefined && { birthOrder: String(order) }),
    ...(temporary && { temporary }),
  };
}
