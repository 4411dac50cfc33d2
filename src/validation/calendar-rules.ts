import type { FaultName } from './fault-kinds.js';

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Number of two digits at an index, or -1. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function isBetween(text: string, at: number, bounds: readonly [low: number, high: number]): boolean {
  const number = twoDigits(text, at);
  return number >= bounds[0] && number <= bounds[1];
}

function isDayOfMonth(year: number, month: number, day: number): boolean {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 && isLeap ? 29 : (daysInMonth[month - 1] ?? 0));
}

/** Faults of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, which must fill the text up to `length`. */
function dayFault(text: string, length: number): FaultName | undefined {
  const century = twoDigits(text, 0);
  const rest = twoDigits(text, 2);
  if (century < 0 || rest < 0 || century + rest === 0) return 'malformedValue';
  if (length === 4) return undefined;
  if (text.charCodeAt(4) !== 45 || !isBetween(text, 5, [1, 12])) return 'malformedValue';
  if (length === 7) return undefined;
  if (length !== 10 || text.charCodeAt(7) !== 45 || !isBetween(text, 8, [1, 31])) return 'malformedValue';
  return isDayOfMonth(century * 100 + rest, twoDigits(text, 5), twoDigits(text, 8))
    ? undefined
    : 'notInCalendar';
}

/** Index after `hh:mm:ss` with an optional fraction that starts at `from`, or -1. Second 60 is allowed for leap seconds. */
function clockEnd(text: string, from: number): number {
  if (!isBetween(text, from, [0, 23]) || text.charCodeAt(from + 2) !== 58) return -1;
  if (!isBetween(text, from + 3, [0, 59]) || text.charCodeAt(from + 5) !== 58) return -1;
  if (!isBetween(text, from + 6, [0, 60])) return -1;
  let end = from + 8;
  if (text.charCodeAt(end) !== 46) return end;
  const start = ++end;
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end += 1;
  return end === start ? -1 : end;
}

/** Whether `Z` or `±hh:mm` up to 14:00 fills the text from an index on. */
function isZone(text: string, from: number): boolean {
  const sign = text.charCodeAt(from);
  if (sign === 90) return text.length === from + 1;
  if ((sign !== 43 && sign !== 45) || text.length !== from + 6 || text.charCodeAt(from + 3) !== 58)
    return false;
  return isBetween(text, from + 1, [0, 13])
    ? isBetween(text, from + 4, [0, 59])
    : twoDigits(text, from + 1) === 14 && twoDigits(text, from + 4) === 0;
}

export function dateFault(text: string): FaultName | undefined {
  return dayFault(text, text.length);
}

/** An instant: day, time to the second and zone (http://hl7.org/fhir/R4/datatypes.html#instant). */
export function instantFault(text: string): FaultName | undefined {
  const day = text.length > 10 ? dayFault(text, 10) : 'malformedValue';
  if (day === 'malformedValue' || text.charCodeAt(10) !== 84) return 'malformedValue';
  const end = clockEnd(text, 11);
  return end < 0 || !isZone(text, end) ? 'malformedValue' : day;
}

/** A date, or day with time and zone (http://hl7.org/fhir/R4/datatypes.html#dateTime). */
export function dateTimeFault(text: string): FaultName | undefined {
  return text.length <= 10 ? dayFault(text, text.length) : instantFault(text);
}

export function timeFault(text: string): FaultName | undefined {
  return clockEnd(text, 0) === text.length ? undefined : 'malformedValue';
}
