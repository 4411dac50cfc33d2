import { type Comparison } from '../features.js';
import { isOneEdit } from '../string-distance.js';

const [disagree, twoParts, swapped, oneEdit, exact] = [1, 2, 3, 4, 5] as const;

/** A date of birth in eight digits, YYYYMMDD, which need not be a day of the calendar. */
export const birthDate: Comparison<string> = {
  fields: [
    {
      name: 'birthDate',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'disagree', agreement: 'disagree' },
        { name: 'two of year, month and day', agreement: 'far' },
        { name: 'day and month swapped', agreement: 'near' },
        { name: 'one edit', agreement: 'near' },
        { name: 'exact', agreement: 'exact' },
      ],
    },
  ],
  compare(one, other, { levels, place }) {
    levels[place] = compareDates(one, other);
  },
};

function compareDates(one: string, other: string): number {
  if (one === other) return exact;
  if (isOneEdit(one, other)) return oneEdit;
  const year = one.startsWith(other.slice(0, 4));
  const [month, day] = [isSame(one, other, 4), isSame(one, other, 6)];
  if (year && isSwapped(one, other)) return swapped;
  return Number(year) + Number(month) + Number(day) === 2 ? twoParts : disagree;
}

/** Whether two digits are the same. */
const isSame = (one: string, other: string, place: number): boolean =>
  one.charCodeAt(place) === other.charCodeAt(place) &&
  one.charCodeAt(place + 1) === other.charCodeAt(place + 1);

const isSwapped = (one: string, other: string): boolean =>
  one.slice(4, 6) === other.slice(6) && one.slice(6) === other.slice(4, 6);
