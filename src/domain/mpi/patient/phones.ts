import { type Chain, valuesOf } from '../chain.js';
import { type Comparison } from '../features.js';
import { isOneEditOfCode, isSameCode, type PackedCode } from '../packed-code.js';

const [disagree, oneEdit, exact] = [1, 2, 3] as const;

/** Telephone numbers, each as digits; a number that many have says little. */
export const phones: Comparison<Chain<PackedCode>> = {
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
  *terms(numbers) {
    for (const { text } of valuesOf(numbers)) yield ['phone', text];
  },
  compare(one, other, { levels, logChances, frequencies, place }) {
    levels[place] = disagree;
    for (let number: typeof one | undefined = one; number; number = number.next) {
      for (let partner: typeof one | undefined = other; partner; partner = partner.next) {
        if (isSameCode(number, partner)) {
          levels[place] = exact;
          logChances[place] = frequencies.logShare('phone', number.text);
          return;
        }
        if (isOneEditOfCode(number, partner)) levels[place] = oneEdit;
      }
    }
  },
};
