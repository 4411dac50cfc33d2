import type { Logger } from '../../ports/logger.js';
import type { AuditRow, Change, CountRow, Store } from '../../ports/store.js';

/** Rows and counters that have no commit of their own: kept in memory, committed together a second later. */
export interface WaitingRows {
  add(row: AuditRow): void;
  /**
   * Like `add`, for what anybody can cause without end: of rows with the same action, principal and status the first is
   * kept a flush; the others are counted in the log.
   */
  addFirst(row: AuditRow): void;
  /** Adds to what waits under the same series, day, type, source and peer. */
  count(row: CountRow): void;
  /** Commits what waits. What can't be stored is logged and lost: refusals are no reason to stop serving. */
  flush(): Promise<void>;
}

const flushDelayMs = 1000;
/** So many rows are committed at once, so that a flood of refusals doesn't grow in memory. */
const flushAtRows = 500;

export function createWaitingRows(deps: {
  readonly store: Pick<Store, 'commit'>;
  readonly logger: Logger;
}): WaitingRows {
  const counts = new Map<string, CountRow>();
  let rows: AuditRow[] = [];
  const firsts = new Set<string>();
  let passedOver = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();

  async function commitWaiting(): Promise<void> {
    const changes: Change[] = [
      ...rows.map((event): Change => ({ kind: 'audit', event })),
      ...[...counts.values()].map((count): Change => ({ kind: 'count', count })),
    ];
    if (passedOver > 0) deps.logger.warn({ passedOver }, 'refusals of the same kind have no audit rows');
    rows = [];
    passedOver = 0;
    firsts.clear();
    counts.clear();
    if (changes.length === 0) return;
    try {
      await deps.store.commit({ changes, guards: [] });
    } catch {
      deps.logger.error({ rows: changes.length }, 'audit rows of refusals could not be stored');
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(commitWaiting);
    return flushing;
  }

  function add(row: AuditRow): void {
    rows.push(row);
    if (rows.length >= flushAtRows) void flush();
    else timer ??= setTimeout(() => void flush(), flushDelayMs).unref();
  }

  return {
    add,
    addFirst(row) {
      const kind = JSON.stringify([row.action, row.principal, row.status]);
      if (firsts.has(kind)) passedOver += 1;
      else {
        firsts.add(kind);
        add(row);
      }
    },
    count(row) {
      const key = JSON.stringify([row.series, row.day, row.type, row.source, row.peer]);
      const before = counts.get(key);
      counts.set(key, before ? { ...row, n: before.n + row.n, bytes: before.bytes + row.bytes } : row);
    },
    flush,
  };
}
