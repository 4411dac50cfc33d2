import { isCalendarDate } from './calendar.js';

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Check character of the first 17 digits of a resident id (GB 11643). */
export function residentCheck(digits: string): string {
  const sum = weights.reduce((total, weight, place) => total + weight * Number(digits[place]), 0);
  return '10X98765432'[sum % 11] ?? '';
}

export interface ResidentId {
  /** 18 characters: 6 area, 8 birth date, 3 sequence, 1 check; `X` in upper case. */
  readonly value: string;
  /** It came with 15 digits, which have no check character. */
  readonly legacy: boolean;
  readonly checkRight: boolean;
  /** GB/T 2260 at the time of issue; an abolished code stays in an id for life, so no list is asked. */
  readonly area: string;
  /** YYYY-MM-DD; empty where the digits are no day of the calendar. */
  readonly birthDate: string;
  readonly sex: 'male' | 'female';
}

/** An id in the form of GB 11643, 18 characters or the 15 digits of before 1999; undefined for other text. */
export function readResidentId(text: string): ResidentId | undefined {
  const written = compactId(text);
  const legacy = /^\d{15}$/.test(written);
  if (!legacy && !/^\d{17}[\dX]$/.test(written)) return undefined;
  const digits = legacy ? `${written.slice(0, 6)}19${written.slice(6)}` : written.slice(0, 17);
  const check = residentCheck(digits);
  return {
    value: legacy ? digits + check : written,
    legacy,
    checkRight: legacy || written.endsWith(check),
    area: digits.slice(0, 6),
    birthDate: calendarDay(digits.slice(6, 14)),
    sex: Number(digits[16]) % 2 === 1 ? 'male' : 'female',
  };
}

/** Full width made narrow, no spaces and hyphens, upper case; look-alikes of a final X stand for it. */
export const compactId = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[\s\p{Cf}\p{Pd}_.]+/gu, '')
    .toUpperCase()
    .replace(/(?<=^\d{17})[×ХΧ✕]$/u, 'X');

/** YYYYMMDD as YYYY-MM-DD, empty where it is no day. */
function calendarDay(digits: string): string {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)];
  const isDay = day !== '00' && isCalendarDate(Number(year), Number(month), Number(day));
  return isDay ? `${year}-${month}-${day}` : '';
}
