import { type Comparison } from '../features.js';
import { countChanged } from '../packed-code.js';
import { isOneEdit } from '../string-distance.js';

const [disagree, swapped, oneEdit, exact] = [1, 2, 3, 4] as const;

/**
 * The digits of a date as one whole number, to be compared without reading a text: four bits each, the first lowest, one
 * more than the digit, so that a missing one is 0. `undefined` of what has no digits or more than eight.
 */
export function packDate(text: string): number | undefined {
  const digits = text.replace(/\D/g, '');
  if (digits.length === 0 || digits.length > 8) return undefined;
  let packed = 0;
  for (let place = 0; place < digits.length; place++)
    packed |= (digits.charCodeAt(place) - 47) << (4 * place);
  return packed;
}

function digitsOf(packed: number): string {
  let digits = '';
  for (let rest = packed; rest !== 0; rest >>>= 4) digits += String((rest & 15) - 1);
  return digits;
}

/** A date of birth in eight digits, YYYYMMDD, which need not be a day of the calendar. */
export const birthDate: Comparison<number> = {
  fields: [
    {
      name: 'birthDate',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'disagree', agreement: 'disagree' },
        { name: 'day and month swapped', agreement: 'near' },
        { name: 'one edit', agreement: 'near' },
        { name: 'exact', agreement: 'exact' },
      ],
    },
  ],
  key: digitsOf,
  compare(one, other, { levels, place }) {
    levels[place] = compareDates(one, other);
  },
};

function compareDates(one: number, other: number): number {
  if (one === other) return exact;
  const areWhole = one >>> 28 !== 0 && other >>> 28 !== 0;
  const mayBeOneEdit = !areWhole || countChanged(one ^ other) <= 2;
  if (mayBeOneEdit && isOneEdit(digitsOf(one), digitsOf(other))) return oneEdit;
  return areWhole && isSwapped(one, other) ? swapped : disagree;
}

/** The same year (four digits), and month and day in each other's place. */
const isSwapped = (one: number, other: number): boolean =>
  ((one ^ other) & 0xffff) === 0 &&
  one >>> 24 === ((other >>> 16) & 0xff) &&
  other >>> 24 === ((one >>> 16) & 0xff);
