import { toInstant } from '../../fhir/instant.js';
import { lanes } from '../../fhir/lane.js';
import type { Origin, Routing, StoredVersion } from '../../ports/store.js';
import { prepareQuery, type Database } from './driver.js';
import { createNames } from './names.js';

/*
 * Versions as they come from SQL and cross threads: one flat array, `packedFields` values a version. Strings and
 * numbers cross quickest so; names are put in by the thread that wants them.
 */
export type PackedVersions = (string | number | null)[];

/** Columns of `version v` and `resource r` that make one packed version. */
export const versionColumns = `v.seq, r.type, r.id, v.version_id, v.last_updated, v.arrived_at, v.deleted,
  lower(hex(v.hash)), v.origin, v.routing, v.body`;
export const packedFields = 11;
/** Place of the body among them. */
export const bodyField = 10;

export type VersionColumns = [
  seq: number,
  type: number,
  id: string,
  versionId: number,
  lastUpdated: number,
  arrivedAt: number,
  deleted: number,
  hash: string,
  origin: number,
  routing: number,
  body: string,
];

/** Appends the columns of a row; those after the version's are the caller's. */
export function packVersion(packed: PackedVersions, row: readonly (string | number | null)[]): void {
  for (let field = 0; field < packedFields; field += 1) packed.push(row[field] ?? null);
}

export interface VersionUnpacker {
  unpack(packed: PackedVersions): StoredVersion[];
  /** Sequences of packed versions. */
  sequences(packed: PackedVersions): number[];
}

export function createUnpacker(database: Database): VersionUnpacker {
  const names = createNames(database);
  const originOf = createOrigins(database);
  const routingOf = createRoutings(database);

  function versionAt(packed: PackedVersions, at: number): StoredVersion {
    return {
      key: { type: names.typeName(packed[at + 1] as number), id: packed[at + 2] as string },
      versionId: packed[at + 3] as number,
      lastUpdated: toInstant(packed[at + 4] as number),
      arrivedAt: toInstant(packed[at + 5] as number),
      deleted: packed[at + 6] === 1,
      body: packed[at + 10] as string,
      hash: packed[at + 7] as string,
      origin: originOf(packed[at + 8] as number),
      routing: routingOf(packed[at + 9] as number),
    };
  }

  return {
    unpack: (packed) => places(packed).map((at) => versionAt(packed, at)),
    sequences: (packed) => places(packed).map((at) => packed[at] as number),
  };
}

function places(packed: PackedVersions): number[] {
  return Array.from({ length: packed.length / packedFields }, (_, place) => place * packedFields);
}

function createOrigins(database: Database): (origin: number) => Origin {
  const query = prepareQuery<[string, string, string, Origin['lane']]>(
    database,
    'SELECT owner, source, received_from, lane FROM origin WHERE origin = ?',
  );
  const known = new Map<number, Origin>();
  const nowhere: Origin = { owner: '', source: '', receivedFrom: '', lane: lanes[0] };
  return (origin) => {
    const kept = known.get(origin);
    if (kept) return kept;
    const row = query.get(origin);
    if (!row) return nowhere;
    const [owner, source, receivedFrom, lane] = row;
    const found = Object.freeze({ owner, source, receivedFrom, lane });
    known.set(origin, found);
    return found;
  };
}

function createRoutings(database: Database): (routing: number) => Routing {
  const query = prepareQuery<[string]>(database, 'SELECT content FROM routing WHERE routing = ?');
  const known = new Map<number, Routing>();
  const none: Routing = Object.freeze({ profiles: [], labels: [] });
  return (routing) => {
    const kept = known.get(routing);
    if (kept) return kept;
    const row = query.get(routing);
    if (!row) return none;
    const [profiles, labels] = JSON.parse(row[0]) as [string[], string[]];
    const found = Object.freeze({ profiles, labels });
    known.set(routing, found);
    return found;
  };
}
