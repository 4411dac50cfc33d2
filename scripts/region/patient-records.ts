import {
  applyRule,
  type ErrorClass,
  type ErrorRule,
  errorRules,
  type Second,
} from '../population/error-classes.js';
import { firstRegistration, secondRegistration } from '../population/register.js';
import { recordNumber, type Registration } from '../population/registration.js';
import type { Institution } from './institutions.js';
import type { Person } from './people.js';
import { chooseEmergencyPlace, chooseFurtherPlace, choosePlace, type Places } from './places.js';
import type { Random } from './random.js';
import { errorRates, recordRates } from './record-rates.js';

/** One person as one institution knows it. Whose record it is stands here only, not in what the institution sends. */
export interface PatientRecord {
  readonly institution: Institution;
  /** Counts from 1 over the institution's records. */
  readonly serial: number;
  /** The institution's own identifier of it, under `systems.healthRecord`. */
  readonly number: string;
  readonly registration: Registration;
  /** The truth: records of the same number are one person. */
  readonly person: number;
  /** 1 to 3, over the person's institutions. */
  readonly record: number;
  /** What went wrong when it was made; absent for a first record with a name. */
  readonly error?: ErrorClass | 'unidentified';
  /** How often the person comes there. */
  readonly visits: number;
}

/** The records of one person after the other; `places` as the region has them. */
export function createRecords(places: Places): (person: Person) => readonly PatientRecord[] {
  const serials = new Map<Institution, number>();
  return (person) => {
    const drafts = person.random.chance(recordRates.unidentified)
      ? [unidentified(person, places)]
      : draftRecords(person, places);
    return drafts.map((draft, place) => {
      const serial = (serials.get(draft.institution) ?? 0) + 1;
      serials.set(draft.institution, serial);
      return {
        ...draft,
        serial,
        number: recordNumber(draft.institution, serial),
        person: person.resident.person,
        record: place + 1,
      };
    });
  };
}

type Draft = Pick<PatientRecord, 'institution' | 'registration' | 'error' | 'visits'>;

function draftRecords({ resident, relatives, random }: Person, places: Places): Draft[] {
  const visits = random.weighted([
    [1, 5],
    [2, 3],
    [3, 1.5],
    [4, 0.5],
  ]);
  const each = visitsByRecord(visits, random);
  const registration = firstRegistration(resident, random);
  const first = {
    registration,
    institution: choosePlace(resident.home, places, random),
    visits: each[0] ?? 1,
  };
  const drafts: Draft[] = [first];
  for (const [place, comes] of each.slice(1).entries()) {
    const second = { resident, relatives, random: random.fork(`record-${place + 2}`) };
    const right = secondRegistration({ resident, registration, random: second.random });
    const wrong = drawError(right, second);
    const taken = drafts.map(({ institution }) => institution);
    const { home } = wrong.registration;
    const institution = chooseFurtherPlace({ taken, home }, places, second.random);
    drafts.push({ ...wrong, institution, visits: comes });
  }
  return drafts;
}

/** Everybody comes to each of his institutions, and to some again. */
function visitsByRecord(visits: number, random: Random): number[] {
  const records = Array.from({ length: numberOfRecords(visits, random) }, () => 1);
  for (let left = visits - records.length; left > 0; left -= 1) {
    const place = random.between(0, records.length - 1);
    records[place] = (records[place] ?? 0) + 1;
  }
  return records;
}

function numberOfRecords(visits: number, random: Random): number {
  if (visits < 2 || !random.chance(recordRates.second)) return 1;
  return visits > 2 && random.chance(recordRates.third) ? 3 : 2;
}

const rules = errorRates.map((rate): ErrorRule => ({ ...rate, apply: applyOf(rate.code) }));

function applyOf(wanted: ErrorClass): ErrorRule['apply'] {
  if (wanted === 'none') return (registration) => registration;
  const rule = errorRules.find(({ code }) => code === wanted);
  if (!rule) throw new Error(`no rule for ${wanted}`);
  return rule.apply;
}

const rareRules = rules.filter(({ rare }) => rare);
const commonRules = rules.filter(({ rare }) => !rare);

/** A rare error where one can happen and does; else one that can happen to this person, by the shares. */
function drawError(
  registration: Registration,
  second: Second,
): Pick<Required<Draft>, 'registration' | 'error'> {
  const { random } = second;
  for (const rule of rareRules) {
    const wrong = applyRule(rule, registration, second);
    if (wrong && random.chance(rule.share / 100)) return { registration: wrong, error: rule.code };
  }
  let open = commonRules;
  for (;;) {
    const drawn = random.weighted(open.map((rule) => [rule, rule.share] as const));
    const wrong = applyRule(drawn, registration, second);
    if (wrong) return { registration: wrong, error: drawn.code };
    open = open.filter((rule) => rule !== drawn);
  }
}

/** Nothing that could be held against another record. */
function unidentified({ resident, random }: Person, places: Places): Draft {
  const { name, sex, home } = resident;
  return {
    registration: {
      ...{ name, sex, home, textOnly: true, addressTextOnly: true },
      nameText: random.pick(['不详', '无名氏', '未知']),
      birthDate: '1900-01-01',
    },
    institution: chooseEmergencyPlace(home, places, random),
    error: 'unidentified',
    visits: 1,
  };
}
