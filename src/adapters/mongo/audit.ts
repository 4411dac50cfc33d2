import { toInstant, toMs } from '../../fhir/instant.js';
import type { AuditQuery, AuditRow } from '../../ports/store.js';
import type { AuditDoc } from './documents.js';
import type { Collections } from './schema.js';

export const toAuditDoc = (row: AuditRow, number: number): AuditDoc => ({
  ...row,
  _id: number,
  at: toMs(row.at),
});

/** Newest first; `from` and `to` are ISO instants, both inclusive. */
export async function readAudit({ audit }: Collections, query: AuditQuery): Promise<AuditRow[]> {
  const { principal, target, action, from, to } = query;
  const at = {
    ...(from === undefined ? {} : { $gte: toMs(from) }),
    ...(to === undefined ? {} : { $lte: toMs(to) }),
  };
  const docs = await audit
    .find({
      ...(principal === undefined ? {} : { principal }),
      ...(target === undefined ? {} : { target }),
      ...(action === undefined ? {} : { action }),
      ...(Object.keys(at).length === 0 ? {} : { at }),
    })
    .sort({ at: -1, _id: -1 })
    .limit(query.limit)
    .toArray();
  return docs.map(({ _id: _number, at: ms, ...row }) => ({ ...row, at: toInstant(ms) }));
}
