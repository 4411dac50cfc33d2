import { every } from './every.js';
import type { Collections } from './schema.js';

/** Tells listeners that the log has grown: at once of this process's commits, soon of another one's. */
export interface LogFollower {
  /** Returns how to stop it. */
  watch(listener: () => void): () => void;
  /** This process has appended up to a sequence. */
  appended(lastSequence: number): void;
  stop(): Promise<void>;
}

/** So often the store is asked, while somebody listens, for what other processes have appended. */
const pollMs = 50;

export function followLog({ meta }: Collections): LogFollower {
  const listeners = new Set<() => void>();
  let known: number | undefined;
  let endPolling: (() => Promise<void>) | undefined;

  function tell(last: number): void {
    if (last === known) return;
    known = last;
    for (const listener of listeners) listener();
  }

  async function look(): Promise<void> {
    const doc = await meta.findOne({ _id: 'store' }, { projection: { lastSequence: 1 } });
    if (doc) tell(doc.lastSequence);
  }

  async function stop(): Promise<void> {
    const end = endPolling;
    endPolling = undefined;
    await end?.();
  }

  return {
    watch(listener) {
      listeners.add(listener);
      endPolling ??= every(pollMs, look);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) void stop();
      };
    },
    appended: tell,
    stop,
  };
}
