import type { Store, StoredVersion } from '../../../../ports/store.js';
import { createPatientSet, type PatientSet } from './patient-set.js';
import type { CountsPerson } from './person-authority.js';
import { createPersonSet, type PersonSet } from './person-set.js';
import { createReviewSet, type ReviewSet } from './review-set.js';

export type ReadingStore = Pick<Store, 'blocks' | 'enrolled' | 'search' | 'read' | 'history'>;

type Parts = Omit<PatientSet & PersonSet & ReviewSet, 'committed' | 'reset'>;

/**
 * The state that registrations work on: what the store holds, and above it what was decided since but not committed
 * yet. So many registrations ride in one commit, each seeing those before it.
 */
export interface WorkingSet extends Parts {
  /** Something waits for a commit. */
  readonly waiting: boolean;
  /** What waits stands in the store now, Persons and Tasks as these versions. */
  committed(versions: ReadonlyMap<string, StoredVersion>): void;
  /** Forgets everything: somebody else has written. */
  reset(): void;
}

export function createWorkingSet(store: ReadingStore, counts: CountsPerson): WorkingSet {
  const patients = createPatientSet(store);
  const persons = createPersonSet(store, counts);
  const reviews = createReviewSet(store);
  return {
    ...patients,
    ...persons,
    ...reviews,
    get cutBlocks() {
      return patients.cutBlocks;
    },
    get timesFull() {
      return persons.timesFull;
    },
    get waiting() {
      return patients.enrolments.size + persons.persons.size + reviews.tasks.size > 0;
    },
    committed(versions) {
      patients.committed();
      persons.committed(versions);
      reviews.committed();
    },
    reset() {
      patients.reset();
      persons.reset();
      reviews.reset();
    },
  };
}
