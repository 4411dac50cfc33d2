import { statfsSync } from 'node:fs';

import type { Logger } from '../../ports/logger.js';
import type { CommitResult, CommitUnit } from '../../ports/store.js';
import type { Positions } from './positions.js';

/** What an open store knows of the disk below it. */
export interface Storage {
  copied: boolean;
  /** A commit was failed by the disk, and none has succeeded since with room left for more. */
  failing(): boolean;
  /** How a commit ended: what SQLite said of the disk, or undefined where it took one. A change of state is logged. */
  readonly report: (failure: string | undefined) => void;
  /** Callers that come while one is tried get its result. Rejects as the commit does. */
  probe(commit: () => Promise<CommitResult>): Promise<void>;
}

/** With less than this free a small commit that succeeds says nothing of the next. */
const neededBytes = 16 * 1024 * 1024;

/** `freeBytes` of the volume are asked for while it is failing. */
export function createStorage(logger: Logger, freeBytes: () => number): Storage {
  let failing = false;
  let probing: Promise<void> | undefined;
  return {
    copied: false,
    failing: () => failing,
    report(failure) {
      const before = failing;
      failing = failure !== undefined || (before && freeBytes() < neededBytes);
      if (failing && !before) {
        logger.error({ cause: failure }, 'the disk is full or failing: it refuses writes');
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

/** Bytes that the volume of a folder still takes; endless where that can't be told. */
export function freeBytesOf(directory: string): number {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
