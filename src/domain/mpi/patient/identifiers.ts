import { type Comparison } from '../features.js';
import { type IdentifierKind } from '../identity/index.js';
import { isOneEdit } from '../string-distance.js';

/** A document that can agree with another of its kind. */
export interface Document {
  readonly kind: IdentifierKind;
  readonly value: string;
  /** Its check character is right and nothing in its record contradicts it. */
  readonly verified: boolean;
}

/** Kinds with a check character and a birth date inside, against which a record can be held. */
const hasCheck = new Set<IdentifierKind>(['resident-id', 'residence-permit']);

const [other, doubtfulOther, oneEdit, contradicted, exact] = [1, 2, 3, 4, 5] as const;

/** The documents of a person, by the pair of one kind that says most. */
export const identifiers: Comparison<readonly Document[]> = {
  fields: [
    {
      name: 'identifier',
      levels: [
        { name: 'absent', agreement: 'absent' },
        { name: 'another', agreement: 'disagree' },
        { name: 'another, one of them doubtful', agreement: 'disagree' },
        { name: 'one edit', agreement: 'near' },
        { name: 'same, contradicted by a record', agreement: 'far' },
        { name: 'exact', agreement: 'exact' },
      ],
    },
  ],
  compare(one, two, { levels, place }) {
    let most = 0;
    for (const document of one) {
      for (const partner of two) {
        if (document.kind === partner.kind) most = Math.max(most, compareDocuments(document, partner));
      }
    }
    levels[place] = most;
  },
};

function compareDocuments(one: Document, two: Document): number {
  const doubtful = hasCheck.has(one.kind) && !(one.verified && two.verified);
  if (one.value === two.value) return doubtful ? contradicted : exact;
  if (isOneEdit(one.value, two.value)) return oneEdit;
  return doubtful ? doubtfulOther : other;
}
