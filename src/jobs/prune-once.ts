import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';

const keptMs = 7 * 24 * 3_600_000;
const everyMs = 3_600_000;

/** Drops the kept answers of requests (`once`) that are older than seven days, each hour. Returns how to stop it. */
export function startPruning(deps: {
  readonly store: Pick<Store, 'commit'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): () => void {
  const prune = (): void => {
    const before = new Date(deps.clock.now() - keptMs).toISOString();
    deps.store.commit({ changes: [{ kind: 'prune-once', before }], guards: [] }).catch(() => {
      deps.logger.warn({}, 'kept answers could not be pruned; tried again in an hour');
    });
  };
  const timer = setInterval(prune, everyMs).unref();
  prune();
  return () => clearInterval(timer);
}
