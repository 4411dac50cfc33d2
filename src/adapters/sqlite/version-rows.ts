import { createHash } from 'node:crypto';

import { dayOf, toMs } from '../../fhir/instant.js';
import { versionName } from '../../fhir/key.js';
import type { Dictionary } from './dictionary.js';
import { prepareQuery, type Database } from './driver.js';
import type { IndexRows } from './index-rows.js';
import type { VersionRow } from './messages.js';

/** What is current of a resource. */
export interface ResourceRow {
  readonly rid: number;
  readonly versionId: number;
  readonly deleted: boolean;
  readonly owner: number;
  /** Highest version kept apart with a fork that is not resolved. */
  readonly apart: number | undefined;
}

/** Sequence and clock of the log while a group is written; put back when the group is rolled back. */
export interface LogState {
  lastSequence: number;
  lastRid: number;
  lastArrivalMs: number;
}

export interface VersionRows {
  find(type: string, id: string): ResourceRow | undefined;
  hashOf(rid: number, versionId: number): string | undefined;
  /** Appends to the log; the caller has set `state.lastArrivalMs`. */
  append(row: VersionRow, rid: number): void;
  /** Makes the version appended last the current one, with its index rows. */
  makeCurrent(row: VersionRow, resource: ResourceRow | undefined, rid: number): void;
  setApart(rid: number, versionId: number | undefined): void;
}

interface Context {
  readonly database: Database;
  readonly dictionary: Dictionary;
  readonly index: IndexRows;
  readonly state: LogState;
}

export function createVersionRows({ database, dictionary, index, state }: Context): VersionRows {
  const findResource = prepareQuery<[number, number, number, number, number | null]>(
    database,
    'SELECT rid, version_id, deleted, owner, apart FROM resource WHERE type = ? AND id = ?',
  );
  const findHash = prepareQuery<[string]>(
    database,
    'SELECT lower(hex(hash)) FROM version WHERE rid = ? AND version_id = ?',
  );
  const setApart = database.prepare('UPDATE resource SET apart = ? WHERE rid = ?');
  const append = prepareAppend({ database, dictionary, state });
  return {
    find(type, id) {
      const row = findResource.get(dictionary.type(type), id);
      if (!row) return undefined;
      const [rid, versionId, deleted, owner, apart] = row;
      return { rid, versionId, deleted: deleted === 1, owner, apart: apart ?? undefined };
    },
    hashOf: (rid, versionId) => findHash.get(rid, versionId)?.[0],
    append,
    makeCurrent: prepareMakeCurrent({ database, dictionary, index, state }),
    setApart: (rid, versionId) => void setApart.run(versionId ?? null, rid),
  };
}

function prepareAppend({ database, dictionary, state }: Omit<Context, 'index'>): VersionRows['append'] {
  const insertVersion = database.prepare(
    'INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?), ?)',
  );
  const insertDigest = database.prepare('INSERT INTO version_digest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  return (row, rid) => {
    const { id, versionId, hash } = row;
    const type = dictionary.type(row.type);
    const { origin, owner, source, lane } = dictionary.origin(row.origin);
    const routing = dictionary.routing(row.routing);
    const updatedMs = toMs(row.lastUpdated);
    const deleted = row.deleted ? 1 : 0;
    state.lastSequence += 1;
    const seq = state.lastSequence;
    const head = [seq, rid, versionId, type, lane, updatedMs, state.lastArrivalMs, deleted] as const;
    insertVersion.run(...head, origin, routing, hash, row.body);
    const digest = createHash('sha256')
      .update(`${versionName({ key: { type: row.type, id }, versionId })}/${hash}`)
      .digest();
    const place = [owner, dayOf(updatedMs), source, type, id, versionId] as const;
    insertDigest.run(...place, digest.readUInt32BE(0), digest.readUInt32BE(4), seq);
  };
}

/** A deleted resource has no index rows. */
const noShape = 0;

function prepareMakeCurrent({ database, dictionary, index, state }: Context): VersionRows['makeCurrent'] {
  const insertResource = database.prepare('INSERT INTO resource VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)');
  const updateResource = database.prepare(
    'UPDATE resource SET seq = ?, version_id = ?, last_updated = ?, deleted = ?, shape = ?, apart = NULL WHERE rid = ?',
  );
  const findShape = prepareQuery<[number]>(database, 'SELECT shape FROM resource WHERE rid = ?');
  const findEntries = prepareQuery<[Uint8Array]>(database, 'SELECT bytes FROM entries WHERE rid = ?');
  const setEntries = database.prepare('INSERT OR REPLACE INTO entries VALUES (?, ?)');
  const deleteEntries = database.prepare('DELETE FROM entries WHERE rid = ?');

  /** Answers the shape. */
  function reindex(row: VersionRow, resource: ResourceRow, type: number): number {
    const { rid } = resource;
    const old = resource.deleted ? undefined : findEntries.get(rid)?.[0];
    if (old && !row.deleted && equalBytes(old, row.entries)) return findShape.get(rid)?.[0] ?? noShape;
    if (old) index.remove({ rid, type, entries: old });
    if (row.deleted) {
      deleteEntries.run(rid);
      return noShape;
    }
    setEntries.run(rid, row.entries);
    return index.insert({ rid, type, entries: row.entries });
  }

  return (row, resource, rid) => {
    const type = dictionary.type(row.type);
    const updatedMs = toMs(row.lastUpdated);
    const deleted = row.deleted ? 1 : 0;
    const seq = state.lastSequence;
    if (resource) {
      const shape = reindex(row, resource, type);
      updateResource.run(seq, row.versionId, updatedMs, deleted, shape, rid);
      return;
    }
    let shape = noShape;
    if (!row.deleted) {
      setEntries.run(rid, row.entries);
      shape = index.insert({ rid, type, entries: row.entries });
    }
    const { owner } = dictionary.origin(row.origin);
    insertResource.run(rid, type, row.id, seq, row.versionId, updatedMs, deleted, owner, shape);
  };
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
