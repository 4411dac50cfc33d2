import {
  type HomeAddress,
  type IdentifierKind,
  type PatientIdentity,
  type PersonName,
} from '../identity/index.js';

/** A document that can agree with another of its kind. */
export interface Document {
  readonly kind: IdentifierKind;
  readonly value: string;
  /** Its check character is right and nothing in its record contradicts it. */
  readonly verified: boolean;
}

/** What of an identity may be held against another: placeholders and what may be the mother's are left out. */
export interface PatientFacts {
  readonly name: PersonName | undefined;
  readonly birthDate: string | undefined;
  readonly documents: readonly Document[];
  readonly phones: readonly string[];
  readonly homes: readonly HomeAddress[];
  readonly sex: 'male' | 'female' | undefined;
}

/** A newborn under its mother's name has neither that name nor, perhaps, the id and the telephone for its own. */
export function factsOf({ temporary, ...identity }: PatientIdentity): PatientFacts {
  const { value, placeholder } = identity.birthDate;
  const documents = identity.identifiers
    .filter(({ kind, comparable }) => comparable && kind !== 'local')
    .map(({ kind, value: number, verified }) => ({ kind, value: number, verified }));
  return {
    name: temporary ? undefined : identity.names.find((name) => !name.placeholder),
    birthDate: placeholder || value.length < 10 ? undefined : value.replaceAll('-', ''),
    documents: temporary ? documents.filter(({ kind }) => kind === 'birth-certificate') : documents,
    phones: temporary
      ? []
      : identity.phones.filter((phone) => !phone.placeholder).map((phone) => phone.value),
    homes: identity.addresses,
    sex: identity.sex === 'unknown' ? undefined : identity.sex,
  };
}
