import { type Comparison } from '../features.js';
import { isOneEdit } from '../string-distance.js';

const [disagree, swapped, oneEdit, exact] = [1, 2, 3, 4] as const;

/** A date of birth in eight digits, YYYYMMDD, which need not be a day of the calendar. */
export const birthDate: Comparison<string> = {
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
  key: (value) => value,
  compare(one, other, { levels, place }) {
    levels[place] = compareDates(one, other);
  },
};

function compareDates(one: string, other: string): number {
  if (one === other) return exact;
  if (isOneEdit(one, other)) return oneEdit;
  return isSwapped(one, other) ? swapped : disagree;
}

const isSwapped = (one: string, other: string): boolean =>
  one.startsWith(other.slice(0, 4)) &&
  one.slice(4, 6) === other.slice(6) &&
  one.slice(6) === other.slice(4, 6);
