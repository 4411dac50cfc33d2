import { toInstant } from '../../fhir/instant.js';
import type { ResourceKey } from '../../fhir/key.js';
import type { Change, ExceptionQuery, ExceptionRow } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';
import type { LogState } from './version-rows.js';

export type Cleared = Extract<Change, { kind: 'clear-exception' }>;

export interface ExceptionRows {
  put(exception: Omit<ExceptionRow, 'at'>): void;
  clear(exception: Cleared): void;
  resolveForks(key: ResourceKey, reason: string): void;
}

export function createExceptionRows(database: Database, state: LogState): ExceptionRows {
  // A body once kept apart stays when the same version is named again without it.
  const put = database.prepare(
    `INSERT INTO exception (stream, type, id, version_id, kind, reason, at, hash, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stream, type, id, version_id, kind) DO UPDATE SET reason = excluded.reason, at = excluded.at,
       hash = coalesce(excluded.hash, hash), body = coalesce(excluded.body, body)`,
  );
  const clear = database.prepare(
    'DELETE FROM exception WHERE stream = ? AND type = ? AND id = ? AND version_id = ? AND kind = coalesce(?, kind)',
  );
  const resolve = database.prepare(
    "UPDATE exception SET reason = ? WHERE type = ? AND id = ? AND kind = 'fork'",
  );
  return {
    put({ stream, key, versionId, kind, reason, hash, body }) {
      const at = state.lastArrivalMs;
      put.run(stream, key.type, key.id, versionId, kind, reason, at, hash ?? null, body ?? null);
    },
    clear: ({ stream, key, versionId, only }) =>
      void clear.run(stream, key.type, key.id, versionId, only ?? null),
    resolveForks: (key, reason) => void resolve.run(reason, key.type, key.id),
  };
}

type Columns = [
  stream: string,
  type: string,
  id: string,
  versionId: number,
  kind: ExceptionRow['kind'],
  reason: string,
  at: number,
  hash: string | null,
  body: string | null,
];

/** Newest first. */
export function readExceptions(database: Database, query: ExceptionQuery): ExceptionRow[] {
  const terms: string[] = [];
  const values: SqlValue[] = [];
  const add = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    terms.push(`${column} = ?`);
    values.push(value);
  };
  add('stream', query.stream);
  add('kind', query.kind);
  add('type', query.key?.type);
  add('id', query.key?.id);
  const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`;
  const rows = prepareQuery<Columns>(
    database,
    `SELECT stream, type, id, version_id, kind, reason, at, hash, body FROM exception ${where}
     ORDER BY exception DESC LIMIT ?`,
  ).all(...values, query.limit);
  return rows.map(([stream, type, id, versionId, kind, reason, at, hash, body]) => ({
    stream,
    key: { type, id },
    versionId,
    kind,
    reason,
    at: toInstant(at),
    ...(hash === null ? {} : { hash }),
    ...(body === null ? {} : { body }),
  }));
}

const kinds: readonly ExceptionRow['kind'][] = ['refused', 'invalid', 'fork', 'gap', 'foreign-owner'];
const mostCounted = 10_000;

/** Along the index by kind, and no further than `mostCounted`. */
export function createExceptionCounts(database: Database): () => [ExceptionRow['kind'], number][] {
  const count = prepareQuery<[number]>(
    database,
    'SELECT count(*) FROM (SELECT 1 FROM exception INDEXED BY exception_by_kind WHERE kind = ? LIMIT ?)',
  );
  const openForks = prepareQuery<[number]>(
    database,
    `SELECT count(*) FROM (SELECT 1 FROM exception INDEXED BY exception_by_kind
     WHERE kind = 'fork' AND reason NOT LIKE 'resolved by version %' LIMIT ?)`,
  );
  return () =>
    kinds.map((kind) => {
      const row = kind === 'fork' ? openForks.get(mostCounted) : count.get(kind, mostCounted);
      return [kind, row?.[0] ?? 0];
    });
}
