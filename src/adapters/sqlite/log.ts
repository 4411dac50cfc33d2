import { lanes } from '../../fhir/lane.js';
import type { LogRequest, Position } from '../../ports/store.js';
import { prepareQuery, type Database } from './driver.js';
import {
  bodyField,
  packedFields,
  packVersion,
  versionColumns,
  type PackedVersions,
} from './packed-versions.js';
import { createPositions } from './positions.js';

export interface PackedLog {
  readonly versions: PackedVersions;
  readonly upTo: Position;
}

type Row = (string | number | null)[];

const hashField = 7;

export function createLog(database: Database): (request: LogRequest) => PackedLog {
  const positions = createPositions(database);
  const entries = prepareQuery<Row>(
    database,
    `SELECT ${versionColumns} FROM version v INDEXED BY version_by_lane CROSS JOIN resource r ON r.rid = v.rid
     WHERE v.lane = ? AND v.seq > ? AND v.seq <= ? ORDER BY v.seq LIMIT ?`,
  );
  return ({ lane, after, limit, maxBytes }) => {
    // What arrives after this look comes with the next page.
    const last = positions.last();
    const versions: PackedVersions = [];
    let bytes = 0;
    let cut: Row | undefined;
    for (const row of entries.iterate(lanes.indexOf(lane), after, last.sequence, limit)) {
      const length = Buffer.byteLength(row[bodyField] as string);
      if (versions.length > 0 && bytes + length > maxBytes) {
        return { versions, upTo: endOf(versions, last) };
      }
      packVersion(versions, row);
      bytes += length;
      cut = row;
    }
    const full = versions.length === limit * packedFields;
    return { versions, upTo: full && cut ? endOf(versions, last) : last };
  };
}

function endOf(versions: PackedVersions, { incarnation }: Position): Position {
  const start = versions.length - packedFields;
  return { incarnation, sequence: versions[start] as number, hash: versions[start + hashField] as string };
}
