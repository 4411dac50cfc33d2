import { type BirthDate, readBirthDate } from './birth-date.js';
import { listOf, memberOf } from './loose-json.js';
import { type MultipleBirth, readMultipleBirth } from './multiple-birth.js';
import { type Phone, readPhones } from './phone.js';
import { type HomeAddress, readAddresses } from './read-address.js';
import { type PatientIdentifier, readIdentifier } from './read-identifier.js';
import { type PersonName, readNames } from './read-name.js';
import { readSex, type Sex } from './sex.js';

/** What a Patient says of who the person is, every part in the form in which it is compared. */
export interface PatientIdentity {
  readonly identifiers: readonly PatientIdentifier[];
  readonly names: readonly PersonName[];
  readonly birthDate: BirthDate;
  readonly sex: Sex;
  readonly phones: readonly Phone[];
  readonly addresses: readonly HomeAddress[];
  readonly multipleBirth?: MultipleBirth;
  /** A child under its parent's name, or a name marked as temporary: the id and phone may be the parent's. */
  readonly temporary: boolean;
}

const most = 20;

/**
 * Of a FHIR Patient of whatever shape; never throws. `today`, YYYY-MM-DD, is the last day on which somebody can have
 * been born; without it any later date is believed.
 */
export function readIdentity(patient: unknown, today?: string): PatientIdentity {
  const birthDate = readBirthDate(memberOf(patient, 'birthDate'), today);
  const sex = readSex(memberOf(patient, 'gender'));
  const context = { birthDate, sex, ...(today === undefined ? {} : { today }) };
  const names = readNames(patient);
  const multipleBirth = readMultipleBirth(patient);
  return {
    identifiers: listOf(memberOf(patient, 'identifier'))
      .slice(0, most)
      .map((identifier) => readIdentifier(identifier, context))
      .filter((identifier) => identifier !== undefined),
    names,
    birthDate,
    sex,
    phones: readPhones(patient),
    addresses: readAddresses(patient),
    ...(multipleBirth ? { multipleBirth } : {}),
    temporary: names.some(({ newborn }) => newborn !== undefined) || hasTemporaryName(patient),
  };
}

const hasTemporaryName = (patient: unknown): boolean =>
  listOf(memberOf(patient, 'name')).some((name) => memberOf(name, 'use') === 'temp');
