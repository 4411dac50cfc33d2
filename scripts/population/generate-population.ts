import type { Patient } from 'fhir/r4.js';

import { createInstitutions, type Institution } from '../region/institutions.js';
import { createRandom, type Random } from '../region/random.js';
import {
  applyRule,
  type ErrorClass,
  type ErrorRule,
  errorRules,
  filledInId,
  type Second,
} from './error-classes.js';
import { firstRegistration, secondRegistration } from './register.js';
import { patientOf, type Registration } from './registration.js';
import { createResidents, type Resident } from './residents.js';

export interface PopulationOptions {
  readonly seed: string;
  /** Number of people. */
  readonly size: number;
  /** Share of them who have a second record in another institution; 0.3 unless told. */
  readonly secondShare?: number;
}

/** A Patient and who it is in truth. */
export interface LabelledPatient {
  readonly patient: Patient;
  /** Records of the same number are one person. Counts from 1. */
  readonly person: number;
  readonly record: 1 | 2;
  /** What went wrong at the second registration; absent for the first. */
  readonly error?: ErrorClass;
  /** The document number in the record: the person's own, none, wrong by a digit, or of a relative. */
  readonly id: 'own' | 'absent' | 'wrong' | 'relative';
}

/**
 * A population for measuring matching: `size` people in households, a share of whom have a second record with a marked
 * error. First all first records in the order of their persons, then the second ones. The same seed gives the same
 * records on every machine.
 */
export function generatePopulation({ seed, size, secondShare = 0.3 }: PopulationOptions): LabelledPatient[] {
  const residents = createResidents(seed, size);
  const institutions = createInstitutions(seed).filter(({ category }) => !/^[EJK]/.test(category));
  const random = createRandom(`${seed}/records`);
  const firsts = residents.map((resident): Drawn => {
    const own = random.fork(`person-${resident.person}`);
    const institution = random.pick(institutions);
    return { resident, institution, random: own, registration: firstRegistration(resident, own) };
  });
  const number = Math.round(size * secondShare);
  const seconds = chooseSeconds(firsts, number, random.fork('errors'));
  return [
    ...firsts.map((first) => label({ ...first, record: 1 })),
    ...seconds.map(({ first, registration, error }) => {
      const institution = pickOther(institutions, first);
      return label({ resident: first.resident, registration, institution, record: 2, error });
    }),
  ];
}

interface Drawn {
  readonly resident: Resident;
  readonly registration: Registration;
  readonly institution: Institution;
  readonly random: Random;
}

interface Wrong {
  readonly first: Drawn;
  readonly registration: Registration;
  readonly error: ErrorClass;
}

/**
 * Goes through the people in a drawn order; each gets the first error that can happen to him and of which there are
 * not yet enough. Who is left over makes up the number without any.
 */
function chooseSeconds(firsts: readonly Drawn[], number: number, random: Random): Wrong[] {
  const households = membersByHousehold(firsts);
  const open: OpenRules = new Map(
    errorRules.map((rule) => [rule, Math.max(1, Math.round((number * rule.share) / 100))]),
  );
  const chosen: Wrong[] = [];
  const unharmed: Wrong[] = [];
  for (const first of shuffled(firsts, random)) {
    const { resident } = first;
    const relatives = (households.get(resident.household) ?? []).filter((other) => other !== resident);
    const second = { resident, relatives, random: first.random.fork('second') };
    const registration = secondRegistration({ ...first, random: second.random });
    const wrong = firstError(registration, second, open);
    if (wrong) chosen.push({ first, ...wrong });
    else unharmed.push({ first, registration, error: 'none' });
  }
  return [...chosen, ...unharmed.slice(0, Math.max(0, number - chosen.length))];
}

type OpenRules = Map<ErrorRule, number>;

function firstError(
  registration: Registration,
  second: Second,
  open: OpenRules,
): Omit<Wrong, 'first'> | undefined {
  for (const [rule, left] of inDrawnOrder(open, second.random)) {
    const wrong = applyRule(rule, registration, second);
    if (!wrong) continue;
    if (left > 1) open.set(rule, left - 1);
    else open.delete(rule);
    return { registration: wrong, error: rule.code };
  }
  return undefined;
}

/** Rare ones before all others, these in an order of chance that follows their shares. */
function inDrawnOrder(open: OpenRules, random: Random): [ErrorRule, number][] {
  const order = ({ rare, share }: ErrorRule): number => (rare ? 0 : -Math.log(1 - random.next()) / share);
  return [...open]
    .map((entry) => ({ entry, order: order(entry[0]) }))
    .sort((a, b) => a.order - b.order)
    .map(({ entry }) => entry);
}

function membersByHousehold(firsts: readonly Drawn[]): ReadonlyMap<number, readonly Resident[]> {
  const households = new Map<number, Resident[]>();
  for (const { resident } of firsts) {
    const members = households.get(resident.household);
    if (members) members.push(resident);
    else households.set(resident.household, [resident]);
  }
  return households;
}

function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((value) => ({ value, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}

function pickOther(
  institutions: readonly Institution[],
  { institution, random }: Pick<Drawn, 'institution' | 'random'>,
): Institution {
  const other = random.pick(institutions);
  return other === institution ? pickOther(institutions, { institution, random }) : other;
}

interface Labelled {
  readonly resident: Resident;
  readonly registration: Registration;
  readonly institution: Institution;
  readonly record: 1 | 2;
  readonly error?: ErrorClass;
}

function label({ resident, registration, institution, record, error }: Labelled): LabelledPatient {
  return {
    patient: patientOf(registration, institution, resident.person),
    person: resident.person,
    record,
    ...(error ? { error } : {}),
    id: stateOfId(resident, registration, error),
  };
}

function stateOfId(
  { residentId, passport }: Resident,
  registration: Registration,
  error: ErrorClass | undefined,
): LabelledPatient['id'] {
  if (error === 'newborn' || error === 'relatives-card') return 'relative';
  if (error === 'id-digit') return 'wrong';
  const given = registration.residentId ?? registration.passport;
  if (given === undefined || given === filledInId) return 'absent';
  const legacy = residentId === undefined ? undefined : residentId.slice(0, 6) + residentId.slice(8, 17);
  return given === residentId || given === passport || given === legacy ? 'own' : 'wrong';
}
