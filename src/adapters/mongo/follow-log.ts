import type { Collections } from './schema.js';

/** Tells listeners that the log has grown: at once of this process's commits, soon of another one's. */
export interface LogFollower {
  /** Returns how to stop it. */
  watch(listener: () => void): () => void;
  /** This process has appended. */
  appended(): void;
  stop(): void;
}

/** So often the store is asked, while somebody listens, for what other processes have appended. */
const pollMs = 50;

export function followLog({ meta }: Collections): LogFollower {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let known: number | undefined;
  const tell = (): void => listeners.forEach((listener) => listener());

  async function look(): Promise<void> {
    const doc = await meta.findOne({ _id: 'store' }, { projection: { lastSequence: 1 } });
    const last = doc?.lastSequence ?? known;
    if (last !== known) tell();
    known = last;
  }

  function next(): void {
    timer = setTimeout(() => {
      // Not reached now: what was missed is seen the next time.
      look()
        .catch(() => undefined)
        .finally(() => {
          if (timer) next();
        });
    }, pollMs).unref();
  }

  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  return {
    watch(listener) {
      listeners.add(listener);
      if (!timer) next();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) stop();
      };
    },
    appended: tell,
    stop,
  };
}
