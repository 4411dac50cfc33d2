import type { Random } from '../region/random.js';
import { drawHome, otherAddress } from './home.js';
import { traditionalName, typedByEar, typedByEye } from './name-errors.js';
import { type Registration, writeName } from './registration.js';
import type { Resident } from './residents.js';

/** What went wrong when a person was registered for the second time. */
export type ErrorClass =
  | 'none'
  | 'homophone'
  | 'glyph'
  | 'swapped-name'
  | 'swapped-date'
  | 'legacy-id'
  | 'id-missing'
  | 'id-digit'
  | 'shared-phone'
  | 'twins'
  | 'newborn'
  | 'relatives-card'
  | 'moved'
  | 'traditional'
  | 'interpunct';

export interface ErrorRule {
  readonly code: ErrorClass;
  /** Share of the second records, in percent. */
  readonly share: number;
  /** Can happen to few people only, who are kept for it. */
  readonly rare?: true;
  /** Share of this class, from 0 to 1, in which the id is missing too: nobody had the card at hand. */
  readonly withoutId: number;
  /** The registration with the error in it; undefined where it cannot happen to this person. */
  apply(registration: Registration, second: Second): Registration | undefined;
}

/** A second registration in the making. */
export interface Second {
  readonly resident: Resident;
  /** The others of the household. */
  readonly relatives: readonly Resident[];
  readonly random: Random;
}

/** What a clerk types where the form wants an id and there is none. */
export const filledInId = '111111111111111111';

/** No document; now and then something that the form accepts. */
function dropId(
  { residentId: _id, passport: _passport, ...rest }: Registration,
  random: Random,
): Registration {
  return random.chance(0.1) ? { ...rest, residentId: filledInId } : rest;
}

/** What the shares leave is `none`. */
export const errorRules: readonly ErrorRule[] = [
  { code: 'interpunct', share: 2, rare: true, withoutId: 0.5, apply: loseInterpunct },
  { code: 'newborn', share: 3, rare: true, withoutId: 0, apply: registerUnderMother },
  { code: 'twins', share: 3, rare: true, withoutId: 1, apply: registerTwin },
  { code: 'swapped-name', share: 4, withoutId: 0.5, apply: swapName },
  {
    code: 'glyph',
    share: 6,
    withoutId: 0.5,
    apply: (it, { random }) => withName(it, typedByEye(it.name, random)),
  },
  {
    code: 'homophone',
    share: 9,
    withoutId: 0.5,
    apply: (it, { random }) => withName(it, typedByEar(it.name, random)),
  },
  { code: 'traditional', share: 3, withoutId: 0.5, apply: (it) => withName(it, traditionalName(it.name)) },
  { code: 'swapped-date', share: 7, withoutId: 0.5, apply: swapDate },
  { code: 'shared-phone', share: 6, withoutId: 0.7, apply: sharePhone },
  { code: 'relatives-card', share: 4, withoutId: 0, apply: takeRelativesCard },
  { code: 'legacy-id', share: 8, withoutId: 0, apply: writeLegacyId },
  { code: 'id-digit', share: 7, withoutId: 0, apply: mistypeId },
  { code: 'moved', share: 6, withoutId: 0.4, apply: move },
  { code: 'id-missing', share: 14, withoutId: 1, apply: (it) => it },
];

/** The record with its error, and in some without the id. */
export function applyRule(
  rule: ErrorRule,
  registration: Registration,
  second: Second,
): Registration | undefined {
  const wrong = rule.apply(registration, second);
  return wrong && second.random.chance(rule.withoutId) ? dropId(wrong, second.random) : wrong;
}

function withName(
  registration: Registration,
  name: Registration['name'] | undefined,
): Registration | undefined {
  return name && { ...registration, name };
}

/** Left out, replaced by a gap or a full stop, or cut where a field of at most eight characters ends. */
function loseInterpunct(registration: Registration, { random }: Second): Registration | undefined {
  if (registration.name.script !== 'minority') return undefined;
  const text = writeName(registration.name);
  const nameText = random.pick([
    text.replace('·', ''),
    text.replace('·', ' '),
    text.replace('·', '.'),
    text.replace('·', '・'),
    text.slice(0, Math.min(8, text.length - 2)),
  ]);
  return { ...registration, nameText, textOnly: true };
}

/** The child's own name comes later: first it is 王芳之女 with the mother's id and telephone. */
function registerUnderMother(
  registration: Registration,
  { resident, random }: Second,
): Registration | undefined {
  const { mother, twin } = resident;
  if (mother?.name.script !== 'han' || !mother.residentId || resident.birthDate < '2025-06-30')
    return undefined;
  const nameText = `${writeName(mother.name)}之${resident.sex === 'male' ? '子' : '女'}${twin === undefined ? '' : String(twin)}`;
  const { birthCertificate, ...rest } = registration;
  const certificate = birthCertificate !== undefined && random.chance(0.6) ? { birthCertificate } : {};
  return {
    ...rest,
    ...certificate,
    nameText,
    textOnly: true,
    residentId: mother.residentId,
    phone: mother.phone,
  };
}

/** Two people with one birthday, one telephone and one home. */
function registerTwin(registration: Registration, { resident }: Second): Registration | undefined {
  const { twin, mother } = resident;
  if (twin === undefined || !mother) return undefined;
  return { ...registration, phone: mother.phone };
}

/** Family and given name in each other's field; a minority name with the father's name first; a Latin one in capitals. */
function swapName(registration: Registration, { random }: Second): Registration {
  const { name } = registration;
  const swapped = { ...name, family: name.given, given: name.family };
  if (name.script !== 'latin') return { ...registration, name: swapped, textOnly: random.chance(0.5) };
  const joined = name.given.replace(' ', '');
  const nameText = random.pick([
    `${name.family.toUpperCase()}, ${name.given}`,
    `${name.family} ${joined}`,
    `${name.family.toUpperCase()} ${name.given.toUpperCase()}`,
  ]);
  return { ...registration, nameText, textOnly: true };
}

function swapDate(registration: Registration): Registration | undefined {
  const [year = '', month = '', day = ''] = registration.birthDate.split('-');
  if (Number(day) > 12 || day === month) return undefined;
  return { ...registration, birthDate: `${year}-${day}-${month}` };
}

/** The telephone of whoever came along. */
function sharePhone(
  registration: Registration,
  { resident, relatives, random }: Second,
): Registration | undefined {
  const others = relatives.filter(({ phone }) => phone !== resident.phone);
  return others.length > 0 ? { ...registration, phone: random.pick(others).phone } : undefined;
}

/** Never a twin's: nothing in the record would tell. */
function takeRelativesCard(
  registration: Registration,
  { relatives, random }: Second,
): Registration | undefined {
  const others = relatives.filter(({ birthDate }) => birthDate !== registration.birthDate);
  const ids = others.flatMap(({ residentId }) => (residentId === undefined ? [] : [residentId]));
  if (registration.residentId === undefined || ids.length === 0) return undefined;
  return { ...registration, residentId: random.pick(ids) };
}

/** The number of before 1999: no century, no check character. */
function writeLegacyId(registration: Registration): Registration | undefined {
  const id = registration.residentId;
  if (id?.slice(6, 8) !== '19') return undefined;
  return { ...registration, residentId: id.slice(0, 6) + id.slice(8, 17) };
}

function mistypeId(registration: Registration, { random }: Second): Registration | undefined {
  const id = registration.residentId;
  if (id === undefined) return undefined;
  const place = random.between(0, 16);
  const digit = (Number(id[place]) + random.between(1, 9)) % 10;
  return { ...registration, residentId: id.slice(0, place) + String(digit) + id.slice(place + 1) };
}

/** Another home, and mostly the same telephone. */
function move(registration: Registration, { random }: Second): Registration {
  const home = drawHome(random);
  return { ...registration, home, addressText: otherAddress(home, random) };
}
