import { toMs } from '../../fhir/instant.js';
import { decodeCursor, encodeCursor, pageBytes } from '../../fhir/page-cursor.js';
import type { HistoryPage, HistoryScope } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';
import { createNames } from './names.js';
import {
  bodyField,
  packedFields,
  packVersion,
  versionColumns,
  type PackedVersions,
} from './packed-versions.js';

export interface PackedHistory {
  readonly versions: PackedVersions;
  readonly nextCursor?: string;
  readonly total: number;
}

type Row = (string | number | null)[];

/** Newest arrival first; a page goes on below a sequence. */
export function createHistory(database: Database): (scope: HistoryScope, page: HistoryPage) => PackedHistory {
  const names = createNames(database);
  const findRid = prepareQuery<[number]>(database, 'SELECT rid FROM resource WHERE type = ? AND id = ?');

  /** Undefined where nothing of the scope was ever held. */
  function conditionOf(scope: HistoryScope): { text: string; values: SqlValue[] } | undefined {
    if (scope.kind === 'system') return { text: '1', values: [] };
    const type = names.type(scope.kind === 'type' ? scope.type : scope.key.type);
    if (type === undefined) return undefined;
    if (scope.kind === 'type') return { text: 'v.type = ?', values: [type] };
    const rid = findRid.get(type, scope.key.id)?.[0];
    return rid === undefined ? undefined : { text: 'v.rid = ?', values: [rid] };
  }

  return (scope, page) => {
    const condition = conditionOf(scope);
    if (!condition) return { versions: [], total: 0 };
    const order = JSON.stringify(scope);
    const last = lastSequence(database);
    const below = page.cursor === undefined ? last + 1 : decodeCursor(order, page.cursor).row;
    const from = page.since === undefined ? 1 : firstSince(database, toMs(page.since), last);
    const where = `${condition.text} AND v.seq >= ?`;
    const total = prepareQuery<[number]>(database, `SELECT count(*) FROM version v WHERE ${where}`);
    const rows = prepareQuery<Row>(
      database,
      `SELECT ${versionColumns} FROM version v CROSS JOIN resource r ON r.rid = v.rid
       WHERE ${where} AND v.seq < ? ORDER BY v.seq DESC LIMIT ?`,
    ).iterate(...condition.values, from, below, page.limit + 1);
    const versions: PackedVersions = [];
    let end: Row | undefined;
    let more = false;
    let bytes = 0;
    for (const row of rows) {
      bytes += Buffer.byteLength(row[bodyField] as string);
      more = versions.length === page.limit * packedFields || (end !== undefined && bytes > pageBytes);
      if (more) break;
      packVersion(versions, row);
      end = row;
    }
    return {
      versions,
      ...(more && end ? { nextCursor: encodeCursor(order, { value: null, row: end[0] as number }) } : {}),
      // Sequences have no gaps: the whole log needs no counting.
      total: scope.kind === 'system' ? last - from + 1 : (total.get(...condition.values, from)?.[0] ?? 0),
    };
  };
}

function lastSequence(database: Database): number {
  return prepareQuery<[number | null]>(database, 'SELECT max(seq) FROM version').get()?.[0] ?? 0;
}

/** The first sequence that arrived at or after an instant, by halving: arrival never decreases along the log. */
function firstSince(database: Database, sinceMs: number, last: number): number {
  const arrival = prepareQuery<[number]>(database, 'SELECT arrived_at FROM version WHERE seq = ?');
  let low = 1;
  let high = last + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((arrival.get(middle)?.[0] ?? Infinity) < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
