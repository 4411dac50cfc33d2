/** How far two values agree, from the strongest evidence for one person to none either way. */
export type Agreement = 'exact' | 'near' | 'far' | 'disagree' | 'absent';

/** One outcome of comparing a field; a field may have several of one agreement ("one edit", "alike"). */
export interface Level {
  readonly name: string;
  readonly agreement: Agreement;
}

/** What a comparison decides on. `levels[0]` is the absent one, which is no evidence. */
export interface Field {
  readonly name: string;
  readonly levels: readonly Level[];
}

/** How common terms are, by vocabulary ("surname"); an unknown term counts as seen once. */
export interface Frequencies {
  /** log2 of the share of the records with the term. */
  logShare(vocabulary: string, term: string): number;
}

/** No logarithm of a probability. */
export const unknownChance = 1;

/** What a comparison found, a slot a field, and what it may look up. Written in place: a pair allocates nothing. */
export interface Finding {
  /** Index of each field's level. */
  readonly levels: Uint8Array;
  /**
   * log2 of the probability that two different persons come out so for these very values (a rare name agrees by chance
   * less often than a common one); {@link unknownChance} where only the field's general u-probability is known.
   */
  readonly logChances: Float64Array;
  readonly frequencies: Frequencies;
  /** Slot of the first field of the comparison at work. */
  place: number;
}

/**
 * Compares one feature of two records on one field, or on several that only mean something together (given name,
 * surname and their order).
 */
export interface Comparison<Value> {
  readonly fields: readonly Field[];
  /** Terms to count, as pairs of vocabulary and term. */
  terms?(value: Value): Iterable<readonly [vocabulary: string, term: string]>;
  /** What records have in common that bear out a value; undefined for a value that is not whole. */
  key?(value: Value): string | undefined;
  /** Writes the level (and the chance) of each field from `found.place` on. Before, every level is 0 and no chance known. */
  compare(one: Value, other: Value, found: Finding): void;
}

/** A kind of record to match: which features it has and how each is compared. */
export interface Schema {
  readonly name: string;
  readonly comparisons: readonly Comparison<unknown>[];
  /** Sets of fields that, where all are exact, make one person but for rare accidents: they give the first prior. */
  readonly rules: readonly (readonly string[])[];
  /** Indexes of comparisons on whose keys two groups, each agreeing in itself, must agree to be joined. */
  readonly corroborated: readonly number[];
  /**
   * Agreements by field that together are for a steward, whatever the weight: a card with one number and two given names
   * has been lent.
   */
  readonly unlikely?: readonly Readonly<Record<string, Agreement>>[];
  /** Fields of which at least one must agree, be it from afar: who shares a name alone is for a steward. */
  readonly borneBy?: readonly string[];
  /**
   * Where records of households are matched: of a hundred pairs of relatives, the share (0 to 1) that agrees exactly on
   * each field, for training to begin with. Their agreement on home, telephone and surname is no evidence for one person.
   */
  readonly relatives?: Readonly<Record<string, number>>;
}

/** What matching knows of one record. */
export interface FeatureRecord {
  readonly id: string;
  /** One value a comparison of the schema, `undefined` where the record has none. */
  readonly values: readonly unknown[];
  /** Records that share one of these are compared. */
  readonly blockingKeys: readonly string[];
  /** What a person has only one of, by kind, and no two persons have in common: a verified id. */
  readonly distinctive?: Readonly<Record<string, string>>;
  /** What a person has only one of, by kind, and others may have too: the order of birth of a twin. */
  readonly separating?: Readonly<Record<string, string>>;
  /** Links of this record are for a steward: a newborn without a number of its own. */
  readonly stewardOnly?: boolean;
}
