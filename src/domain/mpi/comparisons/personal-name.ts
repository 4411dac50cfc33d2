import { type Comparison, type Field, type Finding, type Level, unknownChance } from '../features.js';

/** A name in two parts, each missing where the record has none. */
export interface PersonalName<Part> {
  readonly given: Part | undefined;
  readonly surname: Part | undefined;
  /**
   * Hashes of the whole without separators, surname first and surname last, where records are not sure which part is
   * which; 0 where they are.
   */
  readonly whole: number;
  readonly swapped: number;
}

/** How one part of a name is compared with another. */
export interface NamePart<Part> {
  /** The first is the absent level, the second means disagreement, the last equality. */
  readonly levels: readonly Level[];
  /** Index of the level; never 0. */
  compare(one: Part, other: Part): number;
  term(part: Part): string;
}

const disagree = 1;
const inPlace = 1;
const swapped = 2;
const vocabularies = ['given', 'surname'] as const;

/**
 * Given name and surname, also compared crosswise: where the parts of one record stand in each other's place, their
 * agreement counts as that of names in place, at the price of how seldom parts are swapped (field `nameOrder`, which
 * says nothing among different persons: u is 1 for either order).
 */
export function personalName<Part>(part: NamePart<Part>): Comparison<PersonalName<Part>> {
  const isNear = part.levels.map(({ agreement }) => agreement === 'near' || agreement === 'exact');
  const exact = part.levels.length - 1;
  const compareParts = (one: Part | undefined, other: Part | undefined): number =>
    one === undefined || other === undefined ? 0 : part.compare(one, other);

  /** A whole name that is the same, in either order, however each record parted it. */
  function compareWhole(one: PersonalName<Part>, other: PersonalName<Part>, found: Finding): boolean {
    if (one.whole === 0 || other.whole === 0) return false;
    const isSame = one.whole === other.whole;
    if (!isSame && one.swapped !== other.whole && one.whole !== other.swapped) return false;
    write(found, { given: exact, surname: exact, order: isSame ? inPlace : swapped });
    found.logChances[found.place] = shareOfEither(found, one.given, other.given);
    found.logChances[found.place + 1] = shareOfEither(found, one.surname, other.surname);
    return true;
  }

  function compareCrosswise(one: PersonalName<Part>, other: PersonalName<Part>, found: Finding): boolean {
    const given = compareParts(one.given, other.surname);
    if (given === disagree) return false;
    const surname = compareParts(one.surname, other.given);
    if (surname === disagree || !(isNear[given] || isNear[surname])) return false;
    write(found, { given, surname, order: swapped });
    // A name is rare in the other part's place: the place where it is common says how often it agrees by chance.
    if (given === exact && one.given !== undefined)
      found.logChances[found.place] = mostShare(found, one.given);
    if (surname === exact && one.surname !== undefined)
      found.logChances[found.place + 1] = mostShare(found, one.surname);
    return true;
  }

  function shareOfEither(found: Finding, one: Part | undefined, other: Part | undefined): number {
    if (one === undefined) return other === undefined ? unknownChance : mostShare(found, other);
    return other === undefined
      ? mostShare(found, one)
      : Math.max(mostShare(found, one), mostShare(found, other));
  }

  /** Of the word as a given name or a surname, whichever is more common. */
  function mostShare({ frequencies }: Finding, word: Part): number {
    const term = part.term(word);
    return Math.max(frequencies.logShare('given', term), frequencies.logShare('surname', term));
  }

  return {
    fields: [{ name: 'given', levels: part.levels }, { name: 'surname', levels: part.levels }, nameOrder],
    *terms(name) {
      for (const vocabulary of vocabularies) {
        const word = name[vocabulary];
        if (word !== undefined) yield [vocabulary, part.term(word)];
      }
    },
    key: ({ given, surname }) =>
      given && surname ? [part.term(given), part.term(surname)].sort().join(' ') : undefined,
    compare(one, other, found) {
      const given = compareParts(one.given, other.given);
      const surname = compareParts(one.surname, other.surname);
      if (!(isNear[given] && isNear[surname]) && compareWhole(one, other, found)) return;
      if (!isNear[given] && !isNear[surname] && compareCrosswise(one, other, found)) return;
      write(found, { given, surname, order: inPlace });
      if (given === exact && one.given !== undefined)
        found.logChances[found.place] = found.frequencies.logShare('given', part.term(one.given));
      if (surname === exact && one.surname !== undefined)
        found.logChances[found.place + 1] = found.frequencies.logShare('surname', part.term(one.surname));
    },
  };
}

const nameOrder: Field = {
  name: 'nameOrder',
  levels: [
    { name: 'absent', agreement: 'absent' },
    { name: 'in place', agreement: 'exact' },
    { name: 'parts swapped', agreement: 'near' },
  ],
};

interface NameLevels {
  readonly given: number;
  readonly surname: number;
  readonly order: number;
}

function write({ levels, logChances, place }: Finding, { given, surname, order }: NameLevels): void {
  levels[place] = given;
  levels[place + 1] = surname;
  levels[place + 2] = order;
  logChances[place + 2] = 0;
}
