import { identifierSystems, residentCheck } from '../../src/domain/mpi/identity/index.js';

/** Identifier systems in use in China, as URIs (WS 364 and the templates of the health-record documents). */
export const systems = {
  residentId: identifierSystems.residentId,
  healthRecord: 'urn:oid:2.16.156.10011.1.2',
  practitioner: 'urn:oid:2.16.156.10011.1.4',
  institution: 'urn:oid:2.16.156.10011.1.5',
  outpatient: 'urn:oid:2.16.156.10011.1.11',
  prescription: 'urn:oid:2.16.156.10011.1.20',
  icd10: 'urn:oid:2.16.156.10011.2.3.3.11',
  /** Whatever has no national identifier. */
  own: 'http://hie.example.org/id',
  institutionCategory: 'http://hie.example.org/CodeSystem/ws-218-category',
  department: 'http://hie.example.org/CodeSystem/department',
  division: 'http://hie.example.org/CodeSystem/gb-t-2260',
  profile: 'http://hie.example.org/StructureDefinition',
} as const;

const organisationAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const organisationWeights = [3, 7, 9, 10, 5, 8, 4, 2];

/** Organisation code of 8 characters and a check character (GB 11714). */
export function organisationCode(body: string): string {
  const sum = organisationWeights.reduce(
    (total, weight, place) => total + weight * organisationAlphabet.indexOf(body[place] ?? ''),
    0,
  );
  const check = 11 - (sum % 11);
  return body + (check === 10 ? 'X' : check === 11 ? '0' : String(check));
}

/**
 * Institution code of 22 characters (WS 218): organisation code, area, economic type 11 (state), category, class 1
 * (non-profit). The organisation codes begin with `YY`, which are made up.
 */
export const institutionCode = (serial: number, area: string, category: string): string =>
  `${organisationCode(`YY${String(serial).padStart(6, '0')}`)}${area}11${category}1`;

/** A telephone number of mobile length that no operator issues (they begin with 13 to 19). */
export const phoneNumber = (serial: number): string => `100${String(serial % 100_000_000).padStart(8, '0')}`;

const firstDay = Date.UTC(1925, 0, 1);
const days = 40_000;

/**
 * Hands out resident ids of the test range, each once: the county's area code, a real birth date, and sequence numbers
 * from 999 downwards. Registration keeps the topmost ones (996 to 999) for people of a hundred years and more, so that
 * no living person of the age in the number has it. Valid by check character and by sex (an odd sequence is male).
 */
export function createResidentIds(): (request: { area: string; birthDate: Date; male: boolean }) => string {
  const used = new Map<string, Uint16Array>();
  return ({ area, birthDate, male }) => {
    const counters = used.get(area) ?? new Uint16Array(days * 2);
    used.set(area, counters);
    const place = Math.floor((birthDate.getTime() - firstDay) / 86_400_000) * 2 + (male ? 1 : 0);
    const serial = counters[place];
    const sequence = (male ? 999 : 998) - 2 * (serial ?? Infinity);
    if (serial === undefined || !(sequence > 0)) throw new Error(`no test id left in ${area} for this day`);
    counters[place] = serial + 1;
    const digits =
      area + birthDate.toISOString().slice(0, 10).replaceAll('-', '') + String(sequence).padStart(3, '0');
    return digits + residentCheck(digits);
  };
}
