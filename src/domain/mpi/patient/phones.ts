import { type Comparison } from '../features.js';
import { isOneEdit } from '../string-distance.js';

const [disagree, oneEdit, exact] = [1, 2, 3] as const;

/** Telephone numbers, each as digits; a number that many have says little. */
export const phones: Comparison<readonly string[]> = {
  fields: [
    {
      name: 'phone',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'disagree', agreement: 'disagree' },
        { name: 'one edit', agreement: 'near' },
        { name: 'exact', agreement: 'exact' },
      ],
    },
  ],
  terms: (numbers) => numbers.map((number) => ['phone', number] as const),
  compare(one, other, { levels, chances, frequencies, place }) {
    levels[place] = disagree;
    for (const number of one) {
      for (const partner of other) {
        if (number === partner) {
          levels[place] = exact;
          chances[place] = frequencies.of('phone', number);
          return;
        }
        if (isOneEdit(number, partner)) levels[place] = oneEdit;
      }
    }
  },
};
