import { fhirError } from '../../fhir/fhir-error.js';
import { prepareQuery, type Database } from './driver.js';

/**
 * One step of the schema, from number n to n + 1 where n is its place in the list. Steps are never changed once a
 * release carried them; a new one is added at the end.
 */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/*
 * Instants are milliseconds since the epoch, days are days since the epoch in Asia/Shanghai, hashes of index values
 * are hash64. `rid` numbers resources by first arrival: it is the page key and stands directly after the value in
 * every search index that a page is read along.
 */
const first: Migration = {
  name: 'first',
  sql: `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('incarnation', lower(hex(randomblob(16)))), ('lineage', '[]'), ('state', 'normal');

CREATE TABLE type (type INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE param (param INTEGER PRIMARY KEY, type INTEGER NOT NULL, code TEXT NOT NULL, UNIQUE (type, code));
CREATE TABLE party (party INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE origin (
  origin INTEGER PRIMARY KEY, owner TEXT NOT NULL, source TEXT NOT NULL, received_from TEXT NOT NULL,
  lane TEXT NOT NULL, UNIQUE (owner, source, received_from, lane));
CREATE TABLE routing (routing INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE);
-- Which parameters of which kinds a resource has entries of; many resources share one shape.
CREATE TABLE shape (shape INTEGER PRIMARY KEY, content TEXT NOT NULL UNIQUE);
CREATE TABLE shape_param (
  param INTEGER NOT NULL, kind INTEGER NOT NULL, shape INTEGER NOT NULL,
  PRIMARY KEY (param, kind, shape)) WITHOUT ROWID;

CREATE TABLE resource (
  rid INTEGER PRIMARY KEY, type INTEGER NOT NULL, id TEXT NOT NULL, seq INTEGER NOT NULL,
  version_id INTEGER NOT NULL, last_updated INTEGER NOT NULL, deleted INTEGER NOT NULL, owner INTEGER NOT NULL,
  shape INTEGER NOT NULL, apart INTEGER);
CREATE UNIQUE INDEX resource_by_id ON resource (type, id);
CREATE INDEX resource_by_arrival ON resource (type, deleted);
CREATE INDEX resource_by_update ON resource (type, deleted, last_updated DESC);

-- The change log itself: every version ever held, seq without gaps.
CREATE TABLE version (
  seq INTEGER PRIMARY KEY, rid INTEGER NOT NULL, version_id INTEGER NOT NULL, type INTEGER NOT NULL,
  lane INTEGER NOT NULL, last_updated INTEGER NOT NULL, arrived_at INTEGER NOT NULL, deleted INTEGER NOT NULL,
  origin INTEGER NOT NULL, routing INTEGER NOT NULL, hash BLOB NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX version_by_number ON version (rid, version_id);
CREATE INDEX version_by_lane ON version (lane);
CREATE INDEX version_by_type ON version (type);
CREATE TABLE version_digest (
  owner INTEGER NOT NULL, day INTEGER NOT NULL, source INTEGER NOT NULL, type INTEGER NOT NULL, id TEXT NOT NULL,
  version_id INTEGER NOT NULL, first INTEGER NOT NULL, second INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (owner, day, source, type, id, version_id)) WITHOUT ROWID;

-- Encoded entries of the current version, so that the next one can take its rows out again.
CREATE TABLE entries (rid INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE token_index (
  param INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, system INTEGER NOT NULL,
  ordinal INTEGER NOT NULL, PRIMARY KEY (param, value, rid, system, ordinal)) WITHOUT ROWID;
CREATE TABLE reference_index (
  param INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY (param, value, rid, ordinal)) WITHOUT ROWID;
CREATE TABLE uri_index (
  param INTEGER NOT NULL, value INTEGER NOT NULL, rid INTEGER NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY (param, value, rid, ordinal)) WITHOUT ROWID;
CREATE TABLE string_index (
  param INTEGER NOT NULL, folded TEXT NOT NULL, rid INTEGER NOT NULL, ordinal INTEGER NOT NULL, exact TEXT NOT NULL,
  PRIMARY KEY (param, folded, rid, ordinal, exact)) WITHOUT ROWID;
CREATE TABLE date_index (
  param INTEGER NOT NULL, rid INTEGER NOT NULL, low INTEGER NOT NULL, high INTEGER NOT NULL,
  ordinal INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  PRIMARY KEY (param, rid, low, high, ordinal)) WITHOUT ROWID;
CREATE INDEX date_by_low ON date_index (param, low, rid, first, high);
CREATE INDEX date_by_high ON date_index (param, high DESC, rid) WHERE last = 1;
CREATE TABLE number_index (
  param INTEGER NOT NULL, rid INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL, ordinal INTEGER NOT NULL,
  PRIMARY KEY (param, rid, low, high, ordinal)) WITHOUT ROWID;
CREATE TABLE quantity_index (
  param INTEGER NOT NULL, rid INTEGER NOT NULL, low REAL NOT NULL, high REAL NOT NULL, ordinal INTEGER NOT NULL,
  system INTEGER NOT NULL, value INTEGER NOT NULL, unit INTEGER NOT NULL,
  PRIMARY KEY (param, rid, low, high, ordinal, system, value, unit)) WITHOUT ROWID;

-- Versions whose number is held with another hash, and what came after them; bodies lie with their exceptions.
CREATE TABLE fork (
  rid INTEGER NOT NULL, version_id INTEGER NOT NULL, hash BLOB NOT NULL, resolved INTEGER NOT NULL,
  PRIMARY KEY (rid, version_id, hash)) WITHOUT ROWID;
CREATE TABLE exception (
  exception INTEGER PRIMARY KEY, stream TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL,
  version_id INTEGER NOT NULL, kind TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL, hash TEXT, body TEXT,
  UNIQUE (stream, type, id, version_id, kind));
CREATE INDEX exception_by_kind ON exception (kind);
CREATE INDEX exception_by_key ON exception (type, id);

CREATE TABLE cursor (
  name TEXT PRIMARY KEY, incarnation TEXT NOT NULL, sequence INTEGER NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE once (
  principal TEXT NOT NULL, request_id TEXT NOT NULL, digest TEXT NOT NULL, at INTEGER NOT NULL,
  outcomes TEXT NOT NULL, PRIMARY KEY (principal, request_id));
CREATE INDEX once_by_age ON once (at);
CREATE TABLE count (
  series TEXT NOT NULL, day INTEGER NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL, peer TEXT NOT NULL,
  n INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (series, day, type, source, peer)) WITHOUT ROWID;
CREATE TABLE audit (
  audit INTEGER PRIMARY KEY, at INTEGER NOT NULL, action TEXT NOT NULL, principal TEXT NOT NULL,
  target TEXT NOT NULL, status INTEGER NOT NULL, request_id TEXT NOT NULL);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_principal ON audit (principal, at);
CREATE INDEX audit_by_target ON audit (target, at) WHERE target <> '';
`,
};

const jobs: Migration = {
  name: 'jobs',
  sql: `
CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, renewals INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE timer (
  id TEXT PRIMARY KEY, type TEXT NOT NULL, resource TEXT NOT NULL, event TEXT NOT NULL, due INTEGER NOT NULL)
  WITHOUT ROWID;
CREATE INDEX timer_by_due ON timer (due, id);
`,
};

const enrolments: Migration = {
  name: 'enrolments',
  sql: `
-- keys: the hashes of the blocking keys, 8 bytes each, so that the next enrolment can take their rows out again.
CREATE TABLE enrolment (
  rid INTEGER PRIMARY KEY, version_id INTEGER NOT NULL, source INTEGER NOT NULL, division TEXT NOT NULL,
  verified INTEGER NOT NULL, matchable INTEGER NOT NULL, keys BLOB NOT NULL, facts TEXT NOT NULL);
CREATE INDEX enrolment_unmatchable ON enrolment (matchable) WHERE matchable = 0;
CREATE TABLE block (value INTEGER NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (value, rid)) WITHOUT ROWID;
-- Sums over enrolment, kept with every change of it: a count reads a few rows, whatever the store holds.
CREATE TABLE enrolment_count (
  division TEXT NOT NULL, source INTEGER NOT NULL, verified INTEGER NOT NULL, matchable INTEGER NOT NULL,
  n INTEGER NOT NULL, PRIMARY KEY (division, source, verified, matchable)) WITHOUT ROWID;
`,
};

export const migrations: readonly Migration[] = [first, jobs, enrolments];

/** The schema's number in a database, 0 when it is empty. */
export function schemaNumber(database: Database): number {
  return prepareQuery<[number]>(database, 'PRAGMA user_version').get()?.[0] ?? 0;
}

/**
 * Brings a database forward, each step in a transaction of its own. Throws FhirError `busy` where its number is higher
 * than the last step: it was written by a later release.
 */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  const found = schemaNumber(database);
  if (found > steps.length) {
    throw fhirError(
      'busy',
      'not-supported',
      `The data has schema ${String(found)}, this release knows ${String(steps.length)}: use a later release`,
    );
  }
  for (const [place, step] of steps.entries()) {
    if (place < found) continue;
    try {
      database.exec(`BEGIN IMMEDIATE; ${step.sql}; PRAGMA user_version = ${String(place + 1)}; COMMIT`);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }
}
