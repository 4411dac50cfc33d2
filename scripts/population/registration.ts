import type { HumanName, Identifier, Patient } from 'fhir/r4.js';

import { city } from '../region/divisions.js';
import { systems } from '../region/identifiers.js';
import type { Institution } from '../region/institutions.js';
import type { Sex } from '../region/names.js';
import type { Home } from './home.js';
import type { ResidentName } from './residents.js';

/** What one institution noted of one person, right or wrong. */
export interface Registration {
  readonly name: ResidentName;
  /** The name as text where it is not simply put together from its parts. */
  readonly nameText?: string;
  /** The name in text only, as most hospitals send it. */
  readonly textOnly: boolean;
  readonly sex: Sex;
  readonly birthDate: string;
  readonly residentId?: string;
  readonly passport?: string;
  readonly birthCertificate?: string;
  readonly phone?: string;
  readonly home: Home;
  /** Undefined where the institution asked for none. */
  readonly addressText?: string;
  /** The address in text only. */
  readonly addressTextOnly: boolean;
  readonly birthOrder?: number;
}

/** Systems of the documents that have no national one. */
export const documentSystems = {
  passport: `${systems.own}/passport`,
  birthCertificate: `${systems.own}/birth-certificate`,
} as const;

/** The institution's own number of a record, as it stands under `systems.healthRecord`. */
export const recordNumber = ({ code }: Institution, serial: number): string => `${code}-${serial}`;

/** The registration as the institution sends it; `serial` counts its records. */
export function patientOf(registration: Registration, institution: Institution, serial: number): Patient {
  const { phone, birthOrder } = registration;
  return {
    resourceType: 'Patient',
    id: `${institution.code.toLowerCase()}-${serial}`,
    identifier: identifiersOf(registration, recordNumber(institution, serial)),
    active: true,
    name: [nameOf(registration)],
    ...(phone === undefined ? {} : { telecom: [{ system: 'phone', value: phone }] }),
    gender: registration.sex,
    birthDate: registration.birthDate,
    ...(birthOrder === undefined ? {} : { multipleBirthInteger: birthOrder }),
    ...addressOf(registration),
    managingOrganization: { identifier: { system: systems.institution, value: institution.code } },
  };
}

function identifiersOf(registration: Registration, number: string): Identifier[] {
  const identifiers: Identifier[] = [{ system: systems.healthRecord, value: number }];
  const add = (system: string, value: string | undefined): void => {
    if (value !== undefined) identifiers.push({ system, value });
  };
  add(systems.residentId, registration.residentId);
  add(documentSystems.passport, registration.passport);
  add(documentSystems.birthCertificate, registration.birthCertificate);
  return identifiers;
}

/** 王芳, 买买提·吐尔逊, Mary Smith. */
export function writeName({ script, family, given }: ResidentName): string {
  if (script === 'han') return family + given;
  return script === 'minority' ? `${given}·${family}` : `${given} ${family}`;
}

function nameOf({ name, nameText, textOnly }: Registration): HumanName {
  const text = nameText ?? writeName(name);
  if (textOnly || name.script === 'minority') return { text };
  return { use: 'official', text, family: name.family, given: name.given.split(' ') };
}

function addressOf({ home, addressText, addressTextOnly }: Registration): Pick<Patient, 'address'> {
  if (addressText === undefined) return {};
  if (addressTextOnly) return { address: [{ text: addressText }] };
  const areas = { district: home.county.name, city: city.name, state: city.province, country: 'CN' };
  return { address: [{ use: 'home', text: addressText, ...areas }] };
}
