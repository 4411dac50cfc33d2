import { phoneNumber } from '../region/identifiers.js';
import type { Random } from '../region/random.js';
import { otherAddress, tidyAddress } from './home.js';
import type { Registration } from './registration.js';
import type { Resident } from './residents.js';

/** Tidy, but for a telephone that is not told or made up. */
export function firstRegistration(resident: Resident, random: Random): Registration {
  const { name, sex, birthDate, home, twin } = resident;
  const phone = random.weighted([
    [resident.phone, 95],
    [undefined, 4],
    ['13800000000', 1],
  ]);
  return {
    ...{ name, sex, birthDate, home, textOnly: false, addressTextOnly: false },
    ...documentsOf(resident, random),
    ...(phone === undefined ? {} : { phone }),
    addressText: tidyAddress(home),
    ...(twin !== undefined && birthDate >= certified ? { birthOrder: twin } : {}),
  };
}

/** Children born since bring their birth certificate. */
const certified = '2025-06-30';

function documentsOf(
  { residentId, passport, birthDate, person }: Resident,
  random: Random,
): Pick<Registration, 'residentId' | 'passport' | 'birthCertificate'> {
  const hasCertificate = birthDate >= certified && random.chance(0.7);
  return {
    ...(residentId === undefined ? {} : { residentId }),
    ...(passport === undefined ? {} : { passport }),
    ...(hasCertificate
      ? {
          birthCertificate: `V42${String(person * 7919)
            .padStart(7, '0')
            .slice(-7)}`,
        }
      : {}),
  };
}

interface Registered {
  readonly resident: Resident;
  /** The first one. */
  readonly registration: Registration;
  readonly random: Random;
}

/** What another institution notes years later without any error: less, other words, sometimes a new telephone. */
export function secondRegistration({ resident, registration, random }: Registered): Registration {
  const { phone: _phone, addressText: _address, ...rest } = registration;
  const phone = random.weighted([
    [resident.phone, 73],
    [phoneNumber(random.between(0, 99_999_999)), 12],
    [undefined, 15],
  ]);
  return {
    ...rest,
    textOnly: random.chance(0.6),
    addressTextOnly: random.chance(0.6),
    ...(phone === undefined ? {} : { phone }),
    ...(random.chance(0.85) ? { addressText: otherAddress(resident.home, random) } : {}),
  };
}
