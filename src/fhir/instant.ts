import { fhirError } from './fhir-error.js';

const dayMs = 86_400_000;
/** Asia/Shanghai has been at +08:00 without summer time since 1991; days of records are counted so for all years. */
const shanghaiMs = 8 * 3_600_000;

/** Milliseconds since the epoch of an ISO instant. Throws FhirError `malformed` where it is none. */
export function toMs(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw fhirError('malformed', 'invalid', 'An instant can’t be read');
  return ms;
}

/** ISO instant with milliseconds. Every row read has two, mostly of a day that came before. */
export function toInstant(ms: number): string {
  if (ms === lastMs) return lastInstant;
  const day = Math.floor(ms / dayMs);
  if (day !== lastDay) {
    lastDate = new Date(day * dayMs).toISOString().slice(0, -timeLength);
    lastDay = day;
  }
  const inDay = ms - day * dayMs;
  const hours = twoDigits[Math.floor(inDay / 3_600_000)] ?? '';
  const minutes = twoDigits[Math.floor(inDay / 60_000) % 60] ?? '';
  const seconds = twoDigits[Math.floor(inDay / 1_000) % 60] ?? '';
  lastInstant = `${lastDate}${hours}:${minutes}:${seconds}.${threeDigits[inDay % 1_000] ?? ''}Z`;
  lastMs = ms;
  return lastInstant;
}

const timeLength = '00:00:00.000Z'.length;
const padded = (count: number, digits: number): string[] =>
  Array.from({ length: count }, (_, number) => String(number).padStart(digits, '0'));
const twoDigits = padded(60, 2);
const threeDigits = padded(1_000, 3);
let lastMs = NaN;
let lastInstant = '';
let lastDay = NaN;
let lastDate = '';

/** Number of the day in Asia/Shanghai, counted from 1970-01-01. */
export const dayOf = (ms: number): number => Math.floor((ms + shanghaiMs) / dayMs);

export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** Number of a day given as YYYY-MM-DD. */
export const dayNumber = (text: string): number => Math.floor(toMs(`${text}T00:00:00Z`) / dayMs);
