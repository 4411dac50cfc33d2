import type { Logger } from '../../ports/logger.js';
import type { CommitResult, CommitUnit } from '../../ports/store.js';
import type { Positions } from './positions.js';

/** What an open store knows of the disk below it. */
export interface Storage {
  copied: boolean;
  /** The last commit was failed by the disk. */
  failing(): boolean;
  /** How a commit ended: what SQLite said of the disk, or undefined where it took one. A change of state is logged. */
  readonly report: (failure: string | undefined) => void;
  /** Callers that come while one is tried get its result. Rejects as the commit does. */
  probe(commit: () => Promise<CommitResult>): Promise<void>;
}

export function createStorage(logger: Logger): Storage {
  let failing = false;
  let probing: Promise<void> | undefined;
  return {
    copied: false,
    failing: () => failing,
    report(failure) {
      const before = failing;
      failing = failure !== undefined;
      if (failing && !before) {
        logger.error(
          { cause: failure },
          'the disk is full or failing: writes are refused until it takes one',
        );
      } else if (before && !failing) logger.info({}, 'the disk takes writes again');
    },
    probe(commit) {
      probing ??= commit()
        .then(() => undefined)
        .finally(() => {
          probing = undefined;
        });
      return probing;
    },
  };
}

/** The smallest unit that reaches the disk. */
export function probe(positions: Pick<Positions, 'cursor' | 'last'>): CommitUnit {
  const from = positions.cursor(probeCursor);
  return {
    changes: [{ kind: 'move-cursor', name: probeCursor, from, to: positions.last() }],
    guards: [],
  };
}

const probeCursor = 'disk-probe';
