import { isOneEditAway, similarityFrom, type Word } from '../string-distance.js';
import { type NamePart } from './personal-name.js';

const [disagree, far, near, oneEdit, exact] = [1, 2, 3, 4, 5] as const;
/** Similarities of Jaro and Winkler from which names are near or far: spellings of one name, and perhaps of one. */
const nearSimilarity = 0.88;
const farSimilarity = 0.78;

/** A given name or a surname in letters, folded to lower case. */
export const latinNamePart: NamePart<Word> = {
  levels: [
    { name: 'absent', agreement: 'absent' },
    { name: 'disagree', agreement: 'disagree' },
    { name: 'somewhat alike', agreement: 'far' },
    { name: 'alike', agreement: 'near' },
    { name: 'one edit', agreement: 'near' },
    { name: 'exact', agreement: 'exact' },
  ],
  compare(one, other) {
    if (one.hash === other.hash) return exact;
    if (isOneEditAway(one, other)) return oneEdit;
    const similarity = similarityFrom(farSimilarity, one, other);
    if (similarity >= nearSimilarity) return near;
    return similarity > 0 ? far : disagree;
  },
  term: ({ text }) => text,
};
