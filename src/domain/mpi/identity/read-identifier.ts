import { type BirthDate, relateDates } from './birth-date.js';
import { type IdentifierKind, kindOfSystem, kindOfType } from './identifier-systems.js';
import { listOf, memberOf, textAt } from './loose-json.js';
import { isFilledIn, isPlaceholderText } from './placeholders.js';
import { compactId, readResidentId, type ResidentId } from './resident-id.js';
import type { Sex } from './sex.js';

export type IdentifierFlag =
  /** The check character is wrong. */
  | 'check-digit'
  /** Not in the form of its kind. */
  | 'format'
  /** Stands for no id at all. */
  | 'placeholder'
  /** Came with 15 digits. */
  | 'legacy'
  /** The birth date inside is no day of the calendar, or lies after today. */
  | 'birth-date-impossible'
  /** Birth date inside and birth date of the Patient differ by one digit or by day and month exchanged. */
  | 'birth-date-near'
  /** They differ by more: the card may be a relative's. */
  | 'birth-date-differs'
  | 'sex-differs'
  /** The record says that it is no longer in use. */
  | 'old';

export interface PatientIdentifier {
  readonly kind: IdentifierKind;
  /** Canonical: equal text is the same document. That of a `local` one begins with its system. */
  readonly value: string;
  /** Check character right and contradicted by nothing in the record; a 15-digit id needs the birth date's consent. */
  readonly verified: boolean;
  /** May agree with another at all: neither a placeholder nor without form. */
  readonly comparable: boolean;
  readonly flags: readonly IdentifierFlag[];
  /** What stands inside a resident id or a permit of that form. */
  readonly inside?: { readonly area: string; readonly birthDate: string; readonly sex: Sex };
}

/** What the rest of the record says, to hold the inside of an id against. */
export interface IdentifierContext {
  readonly birthDate: BirthDate;
  readonly sex: Sex;
  /** YYYY-MM-DD. */
  readonly today?: string;
}

/** Of one FHIR Identifier; undefined where it has no value. */
export function readIdentifier(
  identifier: unknown,
  context: IdentifierContext,
): PatientIdentifier | undefined {
  const system = textAt(identifier, 'system').trim();
  const written = textAt(identifier, 'value');
  const compact = compactId(written);
  if (compact === '') return undefined;
  const declared = kindOfSystem(system) ?? declaredKind(identifier) ?? evidentKind(compact);
  const old: IdentifierFlag[] = textAt(identifier, 'use') === 'old' ? ['old'] : [];
  if (declared === undefined) {
    return localIdentifier(`${system}|${written.normalize('NFKC').trim()}`, compact, old);
  }
  const read = readDocument(compact, declared, context);
  return { ...read, flags: [...read.flags, ...old] };
}

/** Hospitals send resident ids under systems of their own: 18 characters with a day and the right check say what it is. */
function evidentKind(compact: string): IdentifierKind | undefined {
  const id = /^[1-8]\d{16}[\dX]$/.test(compact) ? readResidentId(compact) : undefined;
  return id?.checkRight && id.birthDate !== '' ? 'resident-id' : undefined;
}

function declaredKind(identifier: unknown): IdentifierKind | undefined {
  for (const coding of listOf(memberOf(memberOf(identifier, 'type'), 'coding'))) {
    const kind = kindOfType(textAt(coding, 'system'), textAt(coding, 'code'));
    if (kind) return kind;
  }
  return undefined;
}

function localIdentifier(value: string, compact: string, flags: IdentifierFlag[]): PatientIdentifier {
  const comparable = !isPlaceholderWord(compact);
  return {
    kind: 'local',
    value,
    verified: false,
    comparable,
    flags: comparable ? flags : ['placeholder', ...flags],
  };
}

/** Digits are a number here, however few: a record number may well be 12. */
const isPlaceholderWord = (compact: string): boolean => !/\d/.test(compact) && isPlaceholderText(compact);

function readDocument(
  compact: string,
  declared: IdentifierKind,
  context: IdentifierContext,
): PatientIdentifier {
  const resident = declared === 'health-card' ? undefined : readResidentId(compact);
  if (resident && holdsResidentForm.has(declared)) return checkResident(resident, declared, context);
  const { kind, value, formed } = readForm(compact, declared);
  const placeholder = isPlaceholderWord(compact) || isFilledIn(compact.replace(/^[A-Z]+/, ''));
  const flags: IdentifierFlag[] = placeholder ? ['placeholder'] : formed ? [] : ['format'];
  return { kind, value, verified: false, comparable: !placeholder && compact.length >= 5, flags };
}

/** Systems send every document number in the field of the resident id; 18 digits elsewhere are a misplaced one. */
const holdsResidentForm = new Set<IdentifierKind>([
  'resident-id',
  'residence-permit',
  'permanent-resident-card',
  'passport',
]);

function checkResident(
  id: ResidentId,
  declared: IdentifierKind,
  { birthDate, sex, today }: IdentifierContext,
): PatientIdentifier {
  const flags: IdentifierFlag[] = [];
  const { value, area } = id;
  const placeholder = isFilledIn(value) || isFilledIn(value.slice(6)) || value.slice(6, 14) === '19000101';
  if (placeholder) flags.push('placeholder');
  if (id.legacy) flags.push('legacy');
  if (!id.checkRight) flags.push('check-digit');
  const impossible = id.birthDate === '' || (today !== undefined && id.birthDate > today);
  if (impossible) flags.push('birth-date-impossible');
  const relation = birthDate.placeholder || impossible ? 'none' : relateDates(id.birthDate, birthDate.value);
  if (relation === 'near') flags.push('birth-date-near');
  if (relation === 'different') flags.push('birth-date-differs');
  if (sex !== 'unknown' && sex !== id.sex) flags.push('sex-differs');
  const contradicted = flags.some((flag) => flag !== 'legacy' && flag !== 'birth-date-near');
  return {
    kind: residentKind(value, declared),
    value,
    verified: !contradicted && (!id.legacy || relation === 'same'),
    comparable: !placeholder,
    flags,
    inside: { area, birthDate: id.birthDate, sex: id.sex },
  };
}

function residentKind(value: string, declared: IdentifierKind): IdentifierKind {
  if (/^8[123]0000/.test(value)) return 'residence-permit';
  if (value.startsWith('9')) return 'permanent-resident-card';
  return declared === 'passport' ? 'resident-id' : declared;
}

interface Form {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly formed: boolean;
}

/** Documents by their form; the last two digits of the travel permits count its renewals and are left off. */
const forms: readonly (readonly [kind: IdentifierKind, form: RegExp, kept?: number])[] = [
  ['hk-macau-permit', /^[HM]\d{8}(?:\d{2})?$/, 9],
  ['permanent-resident-card', /^[A-Z]{3}\d{12}$/],
  ['taiwan-permit', /^\d{8}(?:\d{2})?$/, 8],
  ['birth-certificate', /^[A-Z]\d{9}$/],
  ['passport', /^(?=.*\d)[A-Z0-9]{6,12}$/],
  ['health-card', /^[0-9A-F]{64}$/],
];

function readForm(compact: string, declared: IdentifierKind): Form {
  const own = forms.find(([kind, form]) => kind === declared && form.test(compact));
  const found =
    own ?? (declared === 'resident-id' ? forms.find(([, form]) => form.test(compact)) : undefined);
  if (!found) return { kind: declared, value: compact, formed: declared === 'health-card' };
  const [kind, , kept = compact.length] = found;
  return { kind, value: compact.slice(0, kept), formed: true };
}
