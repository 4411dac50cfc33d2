const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A date of the Gregorian calendar, as exact as it is told: month and day may be 0, a day needs a month. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  if (month === 0) return day === 0;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const length = lengths[month - 1];
  return length !== undefined && day <= length + (leap ? 1 : 0);
}
