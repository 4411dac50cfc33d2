/** Wakes one waiting loop; a ring while nobody waits is kept, several count as one. */
export interface Bell {
  ring(): void;
  /** Resolves with true at the next ring, with false after `timeoutMs`. */
  wait(timeoutMs: number): Promise<boolean>;
}

export function createBell(): Bell {
  let rung = false;
  let wake: ((byRing: boolean) => void) | undefined;
  return {
    ring() {
      if (wake) wake(true);
      else rung = true;
    },
    wait(timeoutMs) {
      if (rung) {
        rung = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(false), timeoutMs);
        wake = (byRing) => {
          wake = undefined;
          clearTimeout(timer);
          resolve(byRing);
        };
      });
    },
  };
}

/** Resolves after so many milliseconds, at once when stopped. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted || ms <= 0) {
      resolve();
      return;
    }
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
