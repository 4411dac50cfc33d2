import { type PatientFacts } from './patient-facts.js';

/**
 * Blocking keys of a Patient: each document; the birth date with its day and month in either order; the sound of the
 * name with the year or the day of birth; a telephone; a house with the year of birth. A pair of one person that shares
 * none has two errors in different places.
 */
export function patientKeys({ name, birthDate, documents, phones, homes }: PatientFacts): string[] {
  const keys = documents.map(({ kind, value }) => `i:${kind}:${value}`);
  keys.push(...phones.map((phone) => `t:${phone}`));
  const [year, days] = birthDate === undefined ? ['', ''] : [birthDate.slice(0, 4), daysOf(birthDate)];
  if (year) keys.push(`b:${year}${days}`);
  const sounds = name ? [name.sound, ...name.readings.slice(1, 3), name.unordered] : [];
  for (const sound of new Set(sounds)) {
    keys.push(`s:${sound}`);
    if (year) keys.push(`s:${sound}:${year}`, `s:${sound}:${days}`);
  }
  for (const { county, village, road, group, number, room } of homes) {
    const house = [county, village || road, group, number, room].filter((part) => part !== '').join('/');
    if (year && (village || road)) keys.push(`h:${house}`, `h:${village || road}:${year}`);
  }
  return keys;
}

/** Day and month, the lower first, so that a record with the two swapped has the same. */
function daysOf(birthDate: string): string {
  const [month, day] = [birthDate.slice(4, 6), birthDate.slice(6)];
  return month < day ? month + day : day + month;
}
