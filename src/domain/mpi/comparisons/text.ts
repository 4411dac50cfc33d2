import { type Comparison } from '../features.js';
import { isOneEditAway, similarityFrom, type Word } from '../string-distance.js';

const [disagree, near, oneEdit, exact] = [1, 2, 3, 4] as const;
const nearSimilarity = 0.88;

/** A field of one text (a street, a suburb): agreement on a rare value weighs more. */
export function text(name: string): Comparison<Word> {
  return {
    fields: [
      {
        name,
        levels: [
          { name: 'absent', agreement: 'absent' },
          { name: 'disagree', agreement: 'disagree' },
          { name: 'alike', agreement: 'near' },
          { name: 'one edit', agreement: 'near' },
          { name: 'exact', agreement: 'exact' },
        ],
      },
    ],
    terms: (value) => [[name, value.text]],
    compare(one, other, { levels, logChances, frequencies, place }) {
      if (one.hash === other.hash) {
        levels[place] = exact;
        logChances[place] = frequencies.logShare(name, one.text);
      } else if (isOneEditAway(one, other)) levels[place] = oneEdit;
      else levels[place] = similarityFrom(nearSimilarity, one, other) > 0 ? near : disagree;
    },
  };
}
