import type { Admission } from '../ports/admission.js';
import { busy } from './worker-link.js';

/**
 * Bounds the memory that bodies under way may take: on their way in (`open`), and as texts that are being prepared. What
 * is prepared was counted on its way in, except what this node fetched itself: so each of the two sums keeps to the
 * limit, and they are not added up.
 */
export interface IngestAdmission extends Admission {
  /** Runs `work` while `size` counts as being prepared. Rejects with FhirError `busy` where there is no room. */
  during<T>(size: number, work: () => Promise<T>): Promise<T>;
  /** Takes `size` until the returned function is called. Throws FhirError `busy` where there is no room. */
  take(size: number): () => void;
}

/** A body so small is let in at any time: large ones that come slowly must not keep the small ones out. */
const smallBytes = 65_536;

/** `limitBytes` bounds both sums. A single body is always let in, whatever its size. */
export function createAdmission(limitBytes: number): IngestAdmission {
  let arriving = 0;
  let prepared = 0;
  const take = (size: number): (() => void) => {
    if (prepared > 0 && prepared + size > limitBytes) throw busy('too many bodies are being read');
    prepared += size;
    let taken = true;
    return () => {
      if (taken) prepared -= size;
      taken = false;
    };
  };
  return {
    open() {
      let own = 0;
      return {
        grow(bytes) {
          const alone = arriving === own;
          if (!alone && own + bytes > smallBytes && arriving + bytes > limitBytes) return false;
          own += bytes;
          arriving += bytes;
          return true;
        },
        release() {
          arriving -= own;
          own = 0;
        },
      };
    },
    take,
    async during(size, work) {
      const release = take(size);
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
