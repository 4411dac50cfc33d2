/** Systems of identifiers that belong to a person (WS 364 object identifiers as URIs). */
export const identifierSystems = {
  residentId: 'urn:oid:2.16.156.10011.1.3',
  healthCard: 'urn:oid:2.16.156.10011.1.19',
} as const;

export type IdentifierKind =
  | 'resident-id'
  /** Residence permit for people of Hong Kong, Macau and Taiwan: the form of a resident id. */
  | 'residence-permit'
  /** Mainland travel permit of Hong Kong and Macau residents. */
  | 'hk-macau-permit'
  /** Mainland travel permit of Taiwan residents. */
  | 'taiwan-permit'
  | 'passport'
  /** Foreign permanent resident's card. */
  | 'permanent-resident-card'
  | 'birth-certificate'
  /** Electronic health card, opaque: only the card service can check it. */
  | 'health-card'
  /** A number that one institution gives, or of a kind that is not known: it says something within its system only. */
  | 'local';

/** Types of HL7 table 0203 and of the national value domain CV02.01.101. */
const kindsByType: Readonly<Record<string, IdentifierKind>> = {
  NI: 'resident-id',
  NNCHN: 'resident-id',
  PPN: 'passport',
  PRC: 'permanent-resident-card',
  BCT: 'birth-certificate',
  HC: 'health-card',
};
const kindsByNationalType: Readonly<Record<string, IdentifierKind>> = {
  '01': 'resident-id',
  '03': 'passport',
  '06': 'hk-macau-permit',
  '07': 'taiwan-permit',
};

/** What a coding of Identifier.type says of the kind. */
export function kindOfType(system: string, code: string): IdentifierKind | undefined {
  const table = /CV02\.01\.101/i.test(system) ? kindsByNationalType : kindsByType;
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/** What a system says of the kind; the national ones, and others that name a document in their last part. */
export function kindOfSystem(system: string): IdentifierKind | undefined {
  if (system === identifierSystems.residentId) return 'resident-id';
  if (system === identifierSystems.healthCard) return 'health-card';
  const last = system.slice(system.lastIndexOf('/') + 1).toLowerCase();
  if (/^(?:resident-?id|id-?card|sfz)/.test(last)) return 'resident-id';
  if (last.startsWith('passport')) return 'passport';
  if (/^birth-?cert/.test(last)) return 'birth-certificate';
  if (/^(?:ehc|ehealth-?card|health-?card)/.test(last)) return 'health-card';
  return undefined;
}
