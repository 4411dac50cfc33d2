import { randomBytes } from 'node:crypto';

import { toInstant, toMs } from '../../fhir/instant.js';
import type { OnceRecord, Position, StoreStatus } from '../../ports/store.js';
import { prepareQuery, type Database } from './driver.js';
import { schemaNumber } from './schema.js';

/** Cursors, kept answers and what the store knows of itself; the same statements for the writer and for readers. */
export interface Positions {
  status(): StoreStatus;
  positionAt(sequence: number): Position | undefined;
  last(): Position;
  cursor(name: string): Position | undefined;
  once(principal: string, requestId: string): OnceRecord | undefined;
  lastArrivalMs(): number;
}

export function createPositions(database: Database): Positions {
  const meta = prepareQuery<[string]>(database, 'SELECT value FROM meta WHERE key = ?');
  const lastVersion = prepareQuery<[number, string, number]>(
    database,
    'SELECT seq, lower(hex(hash)), arrived_at FROM version ORDER BY seq DESC LIMIT 1',
  );
  const hashAt = prepareQuery<[string]>(database, 'SELECT lower(hex(hash)) FROM version WHERE seq = ?');
  const cursor = prepareQuery<[string, number, string]>(
    database,
    'SELECT incarnation, sequence, hash FROM cursor WHERE name = ?',
  );
  const once = prepareQuery<[string, number, string]>(
    database,
    'SELECT digest, at, outcomes FROM once WHERE principal = ? AND request_id = ?',
  );
  const schema = schemaNumber(database);
  const value = (key: string): string => meta.get(key)?.[0] ?? '';
  return {
    status: () => ({
      schema,
      incarnation: value('incarnation'),
      lineage: JSON.parse(value('lineage')) as StoreStatus['lineage'],
      state: value('state') === 'restored' ? 'restored' : 'normal',
      lastSequence: lastVersion.get()?.[0] ?? 0,
    }),
    positionAt(sequence) {
      if (sequence === 0) return { incarnation: value('incarnation'), sequence, hash: '' };
      const hash = hashAt.get(sequence)?.[0];
      return hash === undefined ? undefined : { incarnation: value('incarnation'), sequence, hash };
    },
    last() {
      const [sequence, hash] = lastVersion.get() ?? [0, ''];
      return { incarnation: value('incarnation'), sequence, hash };
    },
    cursor(name) {
      const row = cursor.get(name);
      return row && { incarnation: row[0], sequence: row[1], hash: row[2] };
    },
    once(principal, requestId) {
      const row = once.get(principal, requestId);
      if (!row) return undefined;
      const outcomes = JSON.parse(row[2]) as OnceRecord['outcomes'];
      return { principal, requestId, digest: row[0], at: toInstant(row[1]), outcomes };
    },
    lastArrivalMs: () => lastVersion.get()?.[2] ?? 0,
  };
}

/** The writer's side of the same. */
export interface PositionRows {
  moveCursor(name: string, to: Position): void;
  keepOnce(record: OnceRecord): void;
  pruneOnce(before: string): void;
  /** Draws a new incarnation and enters state `restored`. */
  restored(lastSequence: number): void;
  recovered(): void;
}

export function createPositionRows(database: Database, positions: Positions): PositionRows {
  const move = database.prepare('INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?)');
  const keep = database.prepare('INSERT INTO once VALUES (?, ?, ?, ?, ?)');
  const prune = database.prepare('DELETE FROM once WHERE at < ?');
  const setMeta = database.prepare('UPDATE meta SET value = ? WHERE key = ?');
  return {
    moveCursor: (name, to) => void move.run(name, to.incarnation, to.sequence, to.hash),
    keepOnce: ({ principal, requestId, digest, at, outcomes }) =>
      void keep.run(principal, requestId, digest, toMs(at), JSON.stringify(outcomes)),
    pruneOnce: (before) => void prune.run(toMs(before)),
    restored(lastSequence) {
      const { incarnation, lineage } = positions.status();
      setMeta.run(JSON.stringify([...lineage, { incarnation, lastSequence }]), 'lineage');
      setMeta.run(randomBytes(16).toString('hex'), 'incarnation');
      setMeta.run('restored', 'state');
    },
    recovered: () => void setMeta.run('normal', 'state'),
  };
}
