/* What a store keeps of Patients for the person index, beside the records themselves, and how it is asked for. */

/** What the person index keeps of one Patient. */
export interface Enrolment {
  /** The version that it was made of. */
  readonly versionId: number;
  /** Institution that sent the Patient. */
  readonly source: string;
  /** County-level division code of the home, '' where it is not told. */
  readonly division: string;
  /** Has a verified id. */
  readonly verified: boolean;
  /** False: there is nothing to match on. */
  readonly matchable: boolean;
  /** Opaque text, from which features are made again. */
  readonly facts: string;
  /** A key given twice is one. Kept as hashes of 64 bits, which two keys may share: a block may hold a few more. */
  readonly blockingKeys: readonly string[];
}

export type Enrolled = Omit<Enrolment, 'blockingKeys'>;

export interface BlockRequest {
  readonly keys: readonly string[];
  /** Members of the largest block that is answered whole. */
  readonly limit: number;
  /** Members of a larger one that are told all the same: its first half so many and its last. Absent: none. */
  readonly ofCut?: number;
}

/** The Patients that are enrolled with one blocking key. */
export interface Block {
  /** Ids in the order in which the Patients first arrived; of a block that is cut only its ends. */
  readonly members: readonly string[];
  /** There are more than the limit. */
  readonly cut: boolean;
}

/** How many are enrolled that are alike in all the other fields; none is nought. */
export interface EnrolmentCount {
  readonly division: string;
  readonly source: string;
  readonly verified: boolean;
  readonly matchable: boolean;
  readonly n: number;
}

export interface UnmatchablePage {
  /** The last id of the page before; its Patient need not be enrolled any more. */
  readonly after?: string;
  readonly limit: number;
}
