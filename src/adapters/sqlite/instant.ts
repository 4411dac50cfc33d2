import { fhirError } from '../../fhir/fhir-error.js';

const dayMs = 86_400_000;
/** Asia/Shanghai has been at +08:00 without summer time since 1991; days of records are counted so for all years. */
const shanghaiMs = 8 * 3_600_000;

/** Milliseconds since the epoch of an ISO instant. Throws FhirError `malformed` where it is none. */
export function toMs(instant: string): number {
  const ms = Date.parse(instant);
  if (Number.isNaN(ms)) throw fhirError('malformed', 'invalid', 'An instant can’t be read');
  return ms;
}

export const toInstant = (ms: number): string => new Date(ms).toISOString();

/** Number of the day in Asia/Shanghai, counted from 1970-01-01. */
export const dayOf = (ms: number): number => Math.floor((ms + shanghaiMs) / dayMs);

export const dayText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** Number of a day given as YYYY-MM-DD. */
export const dayNumber = (text: string): number => Math.floor(toMs(`${text}T00:00:00Z`) / dayMs);
