/** Milliseconds since the epoch, both inclusive. */
export interface DateRange {
  readonly low: number;
  readonly high: number;
}

/** The region's clock, Asia/Shanghai, applied to dates and times that carry no offset. */
export const regionOffsetMs = 8 * 3_600_000;

/**
 * The span that a FHIR date, dateTime or instant covers by its precision
 * (http://hl7.org/fhir/R4/search.html#date): `2026` a year, `2026-11` a month, `2026-11-24` a day, with a time a
 * minute or a second, with a fraction of a second that one millisecond. Without an offset the text is read as
 * Asia/Shanghai, +08:00. Undefined when it is no such text or no day of the calendar.
 */
export function dateRange(text: string): DateRange | undefined {
  const { length } = text;
  const year = digits(text, 0, 4);
  if (year < 1) return undefined;
  if (length === 4) return span(daysOf(year, 1, 1), daysOf(year + 1, 1, 1));
  const month = text.charCodeAt(4) === dash ? digits(text, 5, 2) : -1;
  if (month < 1 || month > 12) return undefined;
  if (length === 7) return span(daysOf(year, month, 1), daysOf(year, month + 1, 1));
  const day = text.charCodeAt(7) === dash ? digits(text, 8, 2) : -1;
  if (day < 1 || (day > 28 && day > daysOf(year, month + 1, 1) - daysOf(year, month, 1))) return undefined;
  const days = daysOf(year, month, day);
  if (length === 10) return span(days, days + 1);
  return text.charCodeAt(10) === letterT ? timeRange(text, days * dayMs) : undefined;
}

const dash = 0x2d;
const plus = 0x2b;
const dot = 0x2e;
const colon = 0x3a;
const letterT = 0x54;
const letterZ = 0x5a;
const dayMs = 86_400_000;

function span(fromDay: number, toDay: number): DateRange {
  return { low: fromDay * dayMs - regionOffsetMs, high: toDay * dayMs - regionOffsetMs - 1 };
}

/** `text` from its eleventh character on: hh:mm[:ss[.fff]][Z|±hh:mm]. */
function timeRange(text: string, midnight: number): DateRange | undefined {
  const hour = digits(text, 11, 2);
  const minute = text.charCodeAt(13) === colon ? digits(text, 14, 2) : -1;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return undefined;
  let low = midnight + hour * 3_600_000 + minute * 60_000;
  let width = 60_000;
  let at = 16;
  if (text.charCodeAt(16) === colon) {
    const second = digits(text, 17, 2);
    // 60 is a leap second, which the R4 grammar allows; it falls on the next minute's first.
    if (second < 0 || second > 60) return undefined;
    low += second * 1000;
    width = 1000;
    at = 19;
    if (text.charCodeAt(19) === dot) {
      at = endOfDigits(text, 20);
      if (at === 20) return undefined;
      low += milliseconds(text, at);
      width = 1;
    }
  }
  const offset = offsetMs(text, at);
  if (offset === undefined) return undefined;
  return { low: low - offset, high: low - offset + width - 1 };
}

/** Milliseconds of the fraction that stands from the 21st character up to `end`, cut off. */
function milliseconds(text: string, end: number): number {
  const kept = Math.min(3, end - 20);
  return digits(text, 20, kept) * (kept === 3 ? 1 : kept === 2 ? 10 : 100);
}

function offsetMs(text: string, at: number): number | undefined {
  if (at === text.length) return regionOffsetMs;
  const sign = text.charCodeAt(at);
  if (sign === letterZ) return at + 1 === text.length ? 0 : undefined;
  if ((sign !== plus && sign !== dash) || text.length !== at + 6) return undefined;
  const hour = digits(text, at + 1, 2);
  const minute = text.charCodeAt(at + 3) === colon ? digits(text, at + 4, 2) : -1;
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 14 * 60) return undefined;
  const size = (hour * 60 + minute) * 60_000;
  return sign === plus ? size : -size;
}

/** The number in `count` decimal digits at `from`, −1 where they aren't digits. */
function digits(text: string, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  return at;
}

/**
 * Days since 1970-01-01 of a proleptic Gregorian date; month 13 is the next January. The year is counted from March
 * so that the leap day comes last.
 */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const daysFromMarch = Math.floor((((month + 9) % 12) * 153 + 2) / 5);
  return y * 365 + leapDays + daysFromMarch + day - 1 - 719_468;
}
