import { type Chain } from '../chain.js';
import { type Comparison } from '../features.js';
import { type IdentifierKind } from '../identity/index.js';
import { isOneEditOfCode, isSameCode, packCode, type PackedCode } from '../packed-code.js';
import { textHash } from '../text-hash.js';
import { type Document } from './patient-facts.js';

/** A document made ready to be compared. */
export interface PackedDocument extends PackedCode {
  /** Hash of its kind. */
  readonly kind: number;
  /** Of a kind that can be verified, and was not: wrong by its check character, or contradicted by its record. */
  readonly doubtful: boolean;
}

/** Kinds with a check character and a birth date inside, against which a record can be held. */
const hasCheck = new Set<IdentifierKind>(['resident-id', 'residence-permit']);

export function packDocument(
  { kind, value, verified }: Document,
  next: Chain<PackedDocument> | undefined,
): Chain<PackedDocument> {
  const { length, start, middle, end, text } = packCode(value, undefined);
  const doubtful = hasCheck.has(kind) && !verified;
  return { kind: textHash(kind), length, start, middle, end, doubtful, next, text };
}

const [other, doubtfulOther, oneEdit, contradicted, exact] = [1, 2, 3, 4, 5] as const;

/** The documents of a person, by the pair of one kind that says most. */
export const identifiers: Comparison<Chain<PackedDocument>> = {
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
    for (let document: typeof one | undefined = one; document; document = document.next) {
      for (let partner: typeof one | undefined = two; partner; partner = partner.next) {
        if (document.kind === partner.kind) most = Math.max(most, compareDocuments(document, partner));
      }
    }
    levels[place] = most;
  },
};

function compareDocuments(one: PackedDocument, two: PackedDocument): number {
  const doubtful = one.doubtful || two.doubtful;
  if (isSameCode(one, two)) return doubtful ? contradicted : exact;
  if (isOneEditOfCode(one, two)) return oneEdit;
  return doubtful ? doubtfulOther : other;
}
