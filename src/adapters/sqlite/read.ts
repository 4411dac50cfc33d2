import type { ResourceKey } from '../../fhir/key.js';
import type { StoredVersion } from '../../ports/store.js';
import { prepareQuery, type Database } from './driver.js';
import { createNames } from './names.js';
import { createUnpacker, packVersion, versionColumns, type PackedVersions } from './packed-versions.js';

/** Point reads on the calling thread's own connection. */
export interface PointReads {
  read(keys: readonly ResourceKey[]): (StoredVersion | undefined)[];
  readVersion(key: ResourceKey, versionId: number): StoredVersion | undefined;
}

type Row = (string | number | null)[];

export function createPointReads(database: Database): PointReads {
  const names = createNames(database);
  const unpacker = createUnpacker(database);
  const current = prepareQuery<Row>(
    database,
    `SELECT ${versionColumns}, r.apart FROM resource r CROSS JOIN version v ON v.seq = r.seq
     WHERE r.type = ? AND r.id = ?`,
  );
  const numbered = prepareQuery<Row>(
    database,
    `SELECT ${versionColumns} FROM resource r CROSS JOIN version v ON v.rid = r.rid
     WHERE r.type = ? AND r.id = ? AND v.version_id = ?`,
  );

  function unpack(row: Row | undefined): StoredVersion | undefined {
    if (!row) return undefined;
    const packed: PackedVersions = [];
    packVersion(packed, row);
    return unpacker.unpack(packed)[0];
  }

  function readOne({ type, id }: ResourceKey): StoredVersion | undefined {
    const number = names.type(type);
    const row = number === undefined ? undefined : current.get(number, id);
    const version = unpack(row);
    const keptApart = row?.[row.length - 1];
    return version && typeof keptApart === 'number' ? { ...version, keptApart } : version;
  }

  return {
    read(keys) {
      if (keys.length < 2) return keys.map(readOne);
      // One look at one state.
      database.exec('BEGIN');
      try {
        return keys.map(readOne);
      } finally {
        database.exec('COMMIT');
      }
    },
    readVersion({ type, id }, versionId) {
      const number = names.type(type);
      return number === undefined ? undefined : unpack(numbered.get(number, id, versionId));
    },
  };
}
