import { fhirError } from '../../fhir/fhir-error.js';
import { hash64 } from '../../fhir/hash64.js';
import type { ResourceKey } from '../../fhir/key.js';
import type {
  Block,
  BlockRequest,
  Change,
  Enrolled,
  EnrolmentCount,
  UnmatchablePage,
} from '../../ports/store.js';
import type { Dictionary } from './dictionary.js';
import { prepareQuery, type Database } from './driver.js';
import { createNames } from './names.js';
import type { VersionRows } from './version-rows.js';

/** Point reads on the calling thread's own connection. */
export interface Enrolments {
  blocks(request: BlockRequest): Block[];
  enrolled(ids: readonly string[]): (Enrolled | undefined)[];
}

const patient = 'Patient';

type EnrolledColumns = [
  place: number,
  versionId: number,
  source: number,
  division: string,
  verified: number,
  matchable: number,
  facts: string,
];

export function createEnrolments(database: Database): Enrolments {
  const names = createNames(database);
  // Of a block that is cut its ends alone are told: a large one costs a walk along its index and little else.
  const beyond = prepareQuery<[number]>(database, 'SELECT 1 FROM block WHERE value = ? LIMIT 1 OFFSET ?');
  const members = prepareQuery<[string]>(
    database,
    `SELECT r.id FROM block b CROSS JOIN resource r ON r.rid = b.rid WHERE b.value = ? ORDER BY b.rid LIMIT ?`,
  );
  const lasts = prepareQuery<[string]>(
    database,
    `SELECT r.id FROM block b CROSS JOIN resource r ON r.rid = b.rid
     WHERE b.value = ? ORDER BY b.rid DESC LIMIT ?`,
  );
  // One statement for all ids: hundreds of them are asked for together, again and again.
  const enrolments = prepareQuery<EnrolledColumns>(
    database,
    `SELECT asked.key, e.version_id, e.source, e.division, e.verified, e.matchable, e.facts
     FROM json_each(?) asked CROSS JOIN resource r CROSS JOIN enrolment e ON e.rid = r.rid
     WHERE r.type = ? AND r.id = asked.value`,
  );

  function block(key: string, { limit, ofCut = 0 }: Omit<BlockRequest, 'keys'>): Block {
    const value = hash64(key);
    const idsOf = (rows: readonly [string][]): string[] => rows.map(([id]) => id);
    if (!beyond.get(value, limit)) return { members: idsOf(members.all(value, limit)), cut: false };
    const half = Math.min(ofCut, limit) >> 1;
    if (half === 0) return { members: [], cut: true };
    const ends = [...idsOf(members.all(value, half)), ...idsOf(lasts.all(value, half)).reverse()];
    return { members: ends, cut: true };
  }

  return {
    blocks({ keys, ...how }) {
      // One look at one state.
      database.exec('BEGIN');
      try {
        return keys.map((key) => block(key, how));
      } finally {
        database.exec('COMMIT');
      }
    },
    enrolled(ids) {
      const found: (Enrolled | undefined)[] = ids.map(() => undefined);
      for (const row of enrolments.all(JSON.stringify(ids), names.type(patient) ?? 0)) {
        const [place, versionId, source, division, verified, matchable, facts] = row;
        found[place] = {
          versionId,
          source: names.partyName(source),
          division,
          verified: verified === 1,
          matchable: matchable === 1,
          facts,
        };
      }
      return found;
    },
  };
}

export function createEnrolmentCounts(database: Database): () => EnrolmentCount[] {
  const counts = prepareQuery<[string, string, number, number, number]>(
    database,
    `SELECT division, party.name AS source, verified, matchable, n
     FROM enrolment_count c CROSS JOIN party ON party.party = c.source
     WHERE n > 0 ORDER BY division, party.name, verified, matchable`,
  );
  return () =>
    counts.all().map(([division, source, verified, matchable, n]) => ({
      division,
      source,
      verified: verified === 1,
      matchable: matchable === 1,
      n,
    }));
}

/** Throws FhirError `malformed` where the page begins after a Patient that was never held. */
export function createUnmatchable(database: Database): (page: UnmatchablePage) => string[] {
  const names = createNames(database);
  const place = prepareQuery<[number]>(database, 'SELECT rid FROM resource WHERE type = ? AND id = ?');
  const page = prepareQuery<[string]>(
    database,
    `SELECT r.id FROM enrolment e INDEXED BY enrolment_unmatchable CROSS JOIN resource r ON r.rid = e.rid
     WHERE e.matchable = 0 AND e.rid > ? ORDER BY e.rid LIMIT ?`,
  );
  return ({ after, limit }) => {
    const first = after === undefined ? 0 : place.get(names.type(patient) ?? 0, after)?.[0];
    if (first === undefined) {
      throw fhirError('malformed', 'invalid', 'The place in the list of Patients can’t be read');
    }
    return page.all(first, limit).map(([id]) => id);
  };
}

/** The writer's side of the same. */
export interface EnrolmentRows {
  enrol(change: Extract<Change, { kind: 'enrol' }>): void;
  withdraw(key: ResourceKey): void;
}

interface Context {
  readonly database: Database;
  readonly dictionary: Dictionary;
  readonly versions: VersionRows;
}

/** What an enrolment is counted by. */
type Group = readonly [division: string, source: number, verified: number, matchable: number];

interface HeldEnrolment {
  readonly group: Group;
  readonly values: ReadonlySet<bigint>;
}

export function createEnrolmentRows({ database, dictionary, versions }: Context): EnrolmentRows {
  const find = prepareQuery<[...Group, Uint8Array]>(
    database,
    'SELECT division, source, verified, matchable, keys FROM enrolment WHERE rid = ?',
  );
  const set = database.prepare('INSERT OR REPLACE INTO enrolment VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  const clear = database.prepare('DELETE FROM enrolment WHERE rid = ?');
  const enter = database.prepare('INSERT INTO block VALUES (?, ?)');
  const leave = database.prepare('DELETE FROM block WHERE value = ? AND rid = ?');
  const count = database.prepare(
    'INSERT INTO enrolment_count VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET n = n + excluded.n',
  );

  function held(rid: number): HeldEnrolment | undefined {
    const row = find.get(rid);
    if (!row) return undefined;
    const [division, source, verified, matchable, keys] = row;
    return { group: [division, source, verified, matchable], values: unpackKeys(keys) };
  }

  /** Blocks and sums, from what was enrolled to what is; undefined is nothing. */
  function move(rid: number, before: HeldEnrolment | undefined, after: HeldEnrolment | undefined): void {
    for (const value of before?.values ?? []) if (!after?.values.has(value)) leave.run(value, rid);
    for (const value of after?.values ?? []) if (!before?.values.has(value)) enter.run(value, rid);
    if (before && after?.group.every((field, place) => field === before.group[place])) return;
    if (before) count.run(...before.group, -1);
    if (after) count.run(...after.group, 1);
  }

  return {
    enrol({ key, enrolment }) {
      const rid = key.type === patient ? versions.find(key.type, key.id)?.rid : undefined;
      if (rid === undefined) throw new Error('only a Patient that is held can be enrolled');
      const { versionId, division, facts } = enrolment;
      const source = dictionary.party(enrolment.source);
      const verified = enrolment.verified ? 1 : 0;
      const matchable = enrolment.matchable ? 1 : 0;
      const values = new Set(enrolment.blockingKeys.map(hash64));
      move(rid, held(rid), { group: [division, source, verified, matchable], values });
      set.run(rid, versionId, source, division, verified, matchable, packKeys(values), facts);
    },
    withdraw(key) {
      const rid = versions.find(key.type, key.id)?.rid;
      const before = rid === undefined ? undefined : held(rid);
      if (rid === undefined || !before) return;
      move(rid, before, undefined);
      clear.run(rid);
    },
  };
}

function packKeys(values: ReadonlySet<bigint>): Uint8Array {
  const bytes = new Uint8Array(values.size * 8);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const value of values) {
    view.setBigInt64(at, value, true);
    at += 8;
  }
  return bytes;
}

function unpackKeys(bytes: Uint8Array): Set<bigint> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Set<bigint>();
  for (let at = 0; at < bytes.byteLength; at += 8) values.add(view.getBigInt64(at, true));
  return values;
}
