import { type Comparison } from '../features.js';
import { isOneEdit } from '../string-distance.js';

const [disagree, oneEdit, exact] = [1, 2, 3] as const;

/** A code (a postcode, a number): agreement on a rare value weighs more, one edit is a slip of the pen. */
export function code(name: string): Comparison<string> {
  return {
    fields: [
      {
        name,
        levels: [
          { name: 'absent', agreement: 'absent' },
          { name: 'disagree', agreement: 'disagree' },
          { name: 'one edit', agreement: 'near' },
          { name: 'exact', agreement: 'exact' },
        ],
      },
    ],
    terms: (value) => [[name, value]],
    compare(one, other, { levels, logChances, frequencies, place }) {
      if (one === other) {
        levels[place] = exact;
        logChances[place] = frequencies.logShare(name, one);
      } else levels[place] = isOneEdit(one, other) ? oneEdit : disagree;
    },
  };
}
