import { busy } from './worker-link.js';

/** Bounds the memory that bodies under way may take. */
export interface Admission {
  /** Runs `work` while `size` counts as under way. Rejects with FhirError `busy` where there is no room. */
  during<T>(size: number, work: () => Promise<T>): Promise<T>;
  /** Takes `size` until the returned function is called. Throws FhirError `busy` where there is no room. */
  take(size: number): () => void;
}

/** `limitBytes` is compared with the length of the bodies' texts. A single body is always let in, whatever its size. */
export function createAdmission(limitBytes: number): Admission {
  let underWay = 0;
  const take = (size: number): (() => void) => {
    if (underWay > 0 && underWay + size > limitBytes) throw busy('too many bodies are being read');
    underWay += size;
    let taken = true;
    return () => {
      if (taken) underWay -= size;
      taken = false;
    };
  };
  return {
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
