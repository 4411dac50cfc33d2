import type { FeatureRecord } from '../../features.js';
import type { PatientIdentity } from '../../identity/index.js';

/** How good a source of a person's name and dates a record is: what it tells, a verified document above all. */
export function sourceQuality(identity: PatientIdentity, { distinctive = {} }: FeatureRecord): number {
  const { names, birthDate, sex, phones, addresses, temporary } = identity;
  const told = [
    names.some(({ placeholder }) => !placeholder),
    !birthDate.placeholder && birthDate.value.length === 10,
    sex !== 'unknown',
    phones.length > 0,
    addresses.length > 0,
  ].filter(Boolean).length;
  return told + (Object.keys(distinctive).length > 0 ? 10 : 0) - (temporary ? 5 : 0);
}
