import { toInstant, toMs } from '../../fhir/instant.js';
import type { Lease, Timer } from '../../ports/store.js';
import { prepareQuery, type Database } from './driver.js';

/** Leases and timers; the same statements for the writer and for readers. */
export interface Jobs {
  lease(name: string): Lease | undefined;
  /** Due at or before an ISO instant, the earliest first. */
  dueTimers(now: string, limit: number): Timer[];
  hasTimer(id: string, dueAt: string): boolean;
}

export function createJobs(database: Database): Jobs {
  const lease = prepareQuery<[string, number]>(database, 'SELECT holder, renewals FROM lease WHERE name = ?');
  const due = prepareQuery<[string, string, string, string, number]>(
    database,
    'SELECT id, type, resource, event, due FROM timer WHERE due <= ? ORDER BY due, id LIMIT ?',
  );
  const timer = prepareQuery<[number]>(database, 'SELECT 1 FROM timer WHERE id = ? AND due = ?');
  return {
    lease(name) {
      const row = lease.get(name);
      return row && { holder: row[0], renewals: row[1] };
    },
    dueTimers: (now, limit) =>
      due.all(toMs(now), limit).map(([id, type, resource, event, dueMs]) => ({
        id,
        key: { type, id: resource },
        event,
        dueAt: toInstant(dueMs),
      })),
    hasTimer: (id, dueAt) => timer.get(id, toMs(dueAt)) !== undefined,
  };
}

/** The writer's side of the same. */
export interface JobRows {
  setLease(name: string, lease: Lease): void;
  setTimer(timer: Timer): void;
  clearTimer(id: string): void;
}

/** One process at a time has the data: a lease that the one before left behind is nobody's, and is dropped. */
export function createJobRows(database: Database): JobRows {
  database.exec('DELETE FROM lease');
  const lease = database.prepare('INSERT OR REPLACE INTO lease VALUES (?, ?, ?)');
  const set = database.prepare('INSERT OR REPLACE INTO timer VALUES (?, ?, ?, ?, ?)');
  const clear = database.prepare('DELETE FROM timer WHERE id = ?');
  return {
    setLease: (name, { holder, renewals }) => void lease.run(name, holder, renewals),
    setTimer: ({ id, key, event, dueAt }) => void set.run(id, key.type, key.id, event, toMs(dueAt)),
    clearTimer: (id) => void clear.run(id),
  };
}
