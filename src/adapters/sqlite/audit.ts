import { toInstant, toMs } from '../../fhir/instant.js';
import type { AuditQuery, AuditRow } from '../../ports/store.js';
import { prepareQuery, type Database, type SqlValue } from './driver.js';

export function prepareAuditInsert(database: Database): (row: AuditRow) => void {
  const insert = database.prepare(
    'INSERT INTO audit (at, action, principal, target, status, request_id) VALUES (?, ?, ?, ?, ?, ?)',
  );
  return ({ at, action, principal, target, status, requestId }) =>
    void insert.run(toMs(at), action, principal, target, status, requestId);
}

type Columns = [number, string, string, string, number, string];

/** Newest first; `from` and `to` are ISO instants, both inclusive. */
export function readAudit(database: Database, query: AuditQuery): AuditRow[] {
  const terms: string[] = [];
  const values: SqlValue[] = [];
  const add = (term: string, value: SqlValue | undefined): void => {
    if (value === undefined) return;
    terms.push(term);
    values.push(value);
  };
  add('principal = ?', query.principal);
  add("target = ? AND target <> ''", query.target);
  add('action = ?', query.action);
  add('at >= ?', query.from === undefined ? undefined : toMs(query.from));
  add('at <= ?', query.to === undefined ? undefined : toMs(query.to));
  const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`;
  return prepareQuery<Columns>(
    database,
    `SELECT at, action, principal, target, status, request_id FROM audit ${where}
     ORDER BY at DESC, audit DESC LIMIT ?`,
  )
    .all(...values, query.limit)
    .map(([at, action, principal, target, status, requestId]) => ({
      at: toInstant(at),
      action,
      principal,
      target,
      status,
      requestId,
    }));
}
