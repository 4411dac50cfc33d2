import { type Comparison } from '../features.js';
import { type Sex } from '../identity/index.js';

const [disagree, exact] = [1, 2] as const;

export const sex: Comparison<Exclude<Sex, 'unknown'>> = {
  fields: [
    {
      name: 'sex',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'disagree', agreement: 'disagree' },
        { name: 'exact', agreement: 'exact' },
      ],
    },
  ],
  compare(one, other, { levels, place }) {
    levels[place] = one === other ? exact : disagree;
  },
};
