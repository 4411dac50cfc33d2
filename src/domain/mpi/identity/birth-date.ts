import { isCalendarDate } from './calendar.js';
import { textOf } from './loose-json.js';

export interface BirthDate {
  /** YYYY-MM-DD, YYYY-MM or YYYY, as exact as it is known; empty where nothing usable came. */
  readonly value: string;
  readonly year: number;
  /** 1 to 12; 0 where it is not known. */
  readonly month: number;
  /** 1 to 31; 0 where it is not known. */
  readonly day: number;
  /** Day and month exchanged, YYYY-MM-DD, where that is another day of the calendar; else empty. */
  readonly swapped: string;
  /** A date that stands for none (1900-01-01), or lies before anybody's birth or after today: it never agrees. */
  readonly placeholder: boolean;
}

const none: BirthDate = { value: '', year: 0, month: 0, day: 0, swapped: '', placeholder: false };

/** Defaults of databases and forms. */
const defaults = /^(?:1900(?:-01(?:-01)?)?|1899-12-3[01]|1901-01-01|1753-01-01|1111-11-11)$/;
const earliest = 1880;

/** Of FHIR's date, or of a date written as YYYYMMDD or with slashes. `today`, YYYY-MM-DD, is the last believable one. */
export function readBirthDate(value: unknown, today?: string): BirthDate {
  const match = /^(\d{4})(?:[-/.年]?(\d{1,2})(?:[-/.月]?(\d{1,2})日?)?月?)?(?:T.*)?$/.exec(
    textOf(value).normalize('NFKC').trim(),
  );
  if (!match) return none;
  const [year, month, day] = [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)];
  if (!isCalendarDate(year, month, day)) return none;
  const written = writeDate(year, month, day);
  return {
    value: written,
    year,
    month,
    day,
    swapped: day > 0 && day !== month && isCalendarDate(year, day, month) ? writeDate(year, day, month) : '',
    placeholder: defaults.test(written) || year < earliest || (today !== undefined && written > today),
  };
}

function writeDate(year: number, month: number, day: number): string {
  const parts = [String(year).padStart(4, '0')];
  if (month > 0) parts.push(String(month).padStart(2, '0'));
  if (day > 0) parts.push(String(day).padStart(2, '0'));
  return parts.join('-');
}

/** `same` as far as both are known, `near` with day and month exchanged or one digit different, `none` where one is absent. */
export function relateDates(a: string, b: string): 'same' | 'near' | 'different' | 'none' {
  if (a === '' || b === '') return 'none';
  const length = Math.min(a.length, b.length);
  if (a.slice(0, length) === b.slice(0, length)) return 'same';
  if (length < 10) return 'different';
  const swapped = `${b.slice(0, 4)}-${b.slice(8)}-${b.slice(5, 7)}`;
  const differing = [...a].filter((digit, place) => digit !== b[place]).length;
  return a === swapped || differing === 1 ? 'near' : 'different';
}
