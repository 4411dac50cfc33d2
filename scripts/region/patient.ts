import type { Address, Patient } from 'fhir/r4.js';

import { patientOf as populationPatientOf } from '../population/registration.js';
import { institutionReference } from './directory.js';
import type { County } from './divisions.js';
import { systems } from './identifiers.js';
import type { PatientRecord } from './patient-records.js';

/** The Patient that the institution sends: with a number of its own, and the county's code where it asks for the parts. */
export function patientOf({ institution, serial, registration }: PatientRecord): Patient {
  const { id: _id, address, ...patient } = populationPatientOf(registration, institution, serial);
  return {
    ...patient,
    ...(address && { address: address.map((each) => withDivision(each, registration.home.county)) }),
    managingOrganization: institutionReference(institution.code),
  };
}

const withDivision = (address: Address, { code, name }: County): Address =>
  address.district === undefined
    ? address
    : {
        extension: [
          {
            url: `${systems.profile}/division`,
            valueCoding: { system: systems.division, code, display: name },
          },
        ],
        ...address,
      };
