import type { JsonObject } from './accessor.js';
import { dateRange, type DateRange } from './fhir-date.js';

/** Ends of an open Period, the first and the last millisecond that a JavaScript Date can name. */
export const earliestMs = -8_640_000_000_000_000;
export const latestMs = 8_640_000_000_000_000;

/** Of a date, dateTime or instant. */
export function momentBounds(value: unknown): DateRange | undefined {
  return typeof value === 'string' ? dateRange(value) : undefined;
}

/** Of a Period: from the first moment of its start to the last of its end; open where one is absent. */
export function periodBounds(value: unknown): DateRange | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { start, end } = value as JsonObject;
  const from = momentBounds(start);
  const to = momentBounds(end);
  // What stands there but can't be read is not the same as an open end.
  if ((from === undefined && start !== undefined) || (to === undefined && end !== undefined))
    return undefined;
  if (from === undefined && to === undefined) return undefined;
  const bounds = { low: from?.low ?? earliestMs, high: to?.high ?? latestMs };
  return bounds.low <= bounds.high ? bounds : undefined;
}

/** Of a Timing: the outer limits of its events and of the period that bounds its repetition. */
export function timingBounds(value: unknown): DateRange | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { event, repeat } = value as { event?: unknown; repeat?: JsonObject | null };
  let bounds = periodBounds(repeat?.['boundsPeriod']);
  if (!Array.isArray(event)) return bounds;
  for (const moment of event) {
    const one = momentBounds(moment);
    if (one === undefined) continue;
    bounds =
      bounds === undefined
        ? one
        : { low: Math.min(bounds.low, one.low), high: Math.max(bounds.high, one.high) };
  }
  return bounds;
}
