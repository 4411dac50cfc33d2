import { dayNumber, dayOf } from '../../fhir/instant.js';
import type { ChangeOutcome, CommitFailure, Guard, Position } from '../../ports/store.js';
import { prepareAuditInsert } from './audit.js';
import { createCountRows, type CountRows } from './counts.js';
import { createDictionary, type Dictionary } from './dictionary.js';
import type { DataFile } from './data-file.js';
import type { Database } from './driver.js';
import { createEnrolmentRows, type EnrolmentRows } from './enrolments.js';
import { createExceptionRows, type ExceptionRows } from './exceptions.js';
import { createIndexRows } from './index-rows.js';
import { createJobRows, createJobs, type JobRows, type Jobs } from './jobs.js';
import {
  decodeChanges,
  neverHeld,
  outcomeNames,
  type OtherChange,
  type ReplicaRow,
  type UnitResult,
  type VersionRow,
  type WireUnit,
  type WriterChange,
} from './messages.js';
import { createPositionRows, createPositions, type PositionRows, type Positions } from './positions.js';
import { createForks, createReplicaWriter } from './replica.js';
import { createSearch, type Search } from './search.js';
import { createVersionRows, type LogState, type ResourceRow, type VersionRows } from './version-rows.js';

/** Everything that writing one unit needs; made once for the writer's connection. */
export interface Committer {
  readonly state: LogState;
  readonly dictionary: Dictionary;
  readonly counts: CountRows;
  /** Checks, then writes, inside the open transaction. What it refuses has changed nothing. */
  apply(unit: WireUnit): UnitResult;
  /** After a rollback of the whole transaction: forgets what was not committed. */
  rolledBack(state: LogState): void;
}

interface Parts {
  readonly database: Database;
  readonly state: LogState;
  readonly dictionary: Dictionary;
  readonly counts: CountRows;
  readonly versions: VersionRows;
  readonly exceptions: ExceptionRows;
  readonly enrolments: EnrolmentRows;
  readonly positions: Positions;
  readonly positionRows: PositionRows;
  readonly jobs: Jobs;
  readonly jobRows: JobRows;
  readonly search: Search;
  readonly audit: ReturnType<typeof prepareAuditInsert>;
  readonly replica: (row: VersionRow) => ChangeOutcome;
  readonly forks: ReturnType<typeof createForks>;
  readonly file: DataFile;
}

export function createCommitter(database: Database, nodeId: string, file: DataFile): Committer {
  const positions = createPositions(database);
  const state: LogState = {
    lastSequence: positions.last().sequence,
    lastRid: lastRid(database),
    lastArrivalMs: positions.lastArrivalMs(),
  };
  const dictionary = createDictionary(database);
  const index = createIndexRows(database, dictionary);
  const versions = createVersionRows({ database, dictionary, index, state });
  const exceptions = createExceptionRows(database, state);
  let returning = false;
  const restored = (): boolean => returning || positions.status().state === 'restored';
  const context = { database, dictionary, versions, exceptions, state, nodeId, restored };
  const parts: Parts = {
    ...context,
    counts: createCountRows(database),
    enrolments: createEnrolmentRows(context),
    positions,
    positionRows: createPositionRows(database, positions),
    jobs: createJobs(database),
    jobRows: createJobRows(database),
    search: createSearch(database),
    audit: prepareAuditInsert(database),
    replica: createReplicaWriter(context),
    forks: createForks(context),
    file,
  };
  return {
    state,
    dictionary,
    counts: parts.counts,
    apply(unit) {
      returning = unit.ownReturn ?? false;
      return applyUnit(parts, unit);
    },
    rolledBack(before) {
      Object.assign(state, before);
      parts.counts.rollBack();
      dictionary.rolledBack();
      parts.search.forget();
    },
  };
}

function lastRid(database: Database): number {
  const row = database.prepare('SELECT max(rid) AS rid FROM resource').get() as { rid: number | null };
  return row.rid ?? 0;
}

function applyUnit(parts: Parts, unit: WireUnit): UnitResult {
  parts.counts.mark();
  parts.state.lastArrivalMs = Math.max(parts.state.lastArrivalMs, unit.nowMs);
  const changes = decodeChanges(unit);
  const failed = checkUnit(parts, unit, changes);
  if (failed) return { ok: false, failed };
  if (hasRepeats(changes)) return applyStepwise(parts, unit, changes);
  // Nothing in the unit touches the same thing twice, so that all expectations can be checked before the first write.
  const found: (ResourceRow | undefined)[] = [];
  for (const [place, change] of changes.entries()) {
    const refusal = checkChange(parts, { change, place, found });
    if (refusal) return { ok: false, failed: refusal };
  }
  const outcomes = new Uint8Array(changes.length);
  for (const [place, change] of changes.entries()) {
    outcomes[place] = outcomeNames.indexOf(applyChange(parts, change, found[place]));
  }
  return finishUnit(parts, unit, outcomes);
}

/** Each change is checked on the state that the ones before it left; a savepoint takes a refused unit back. */
function applyStepwise(parts: Parts, unit: WireUnit, changes: readonly WriterChange[]): UnitResult {
  const { database, state, counts, dictionary, search } = parts;
  const before = { ...state };
  const outcomes = new Uint8Array(changes.length);
  database.exec('SAVEPOINT unit');
  for (const [place, change] of changes.entries()) {
    const found: (ResourceRow | undefined)[] = [];
    const failed = checkChange(parts, { change, place, found });
    if (failed) {
      database.exec('ROLLBACK TO unit; RELEASE unit');
      Object.assign(state, before);
      counts.rollBack();
      dictionary.rolledBack();
      search.forget();
      return { ok: false, failed };
    }
    outcomes[place] = outcomeNames.indexOf(applyChange(parts, change, found[place]));
  }
  database.exec('RELEASE unit');
  return finishUnit(parts, unit, outcomes);
}

function finishUnit(parts: Parts, unit: WireUnit, outcomes: Uint8Array): UnitResult {
  if (unit.once) parts.positionRows.keepOnce(unit.once);
  return { ok: true, outcomes, lastSequence: parts.state.lastSequence };
}

/** What concerns the unit as a whole, on the state that the group's earlier units left. */
function checkUnit(
  parts: Parts,
  unit: WireUnit,
  changes: readonly WriterChange[],
): CommitFailure | undefined {
  if (unit.once) {
    const record = parts.positions.once(unit.once.principal, unit.once.requestId);
    if (record) return { reason: 'once', record };
  }
  const own = changes.some(({ kind }) => kind === 'put' || kind === 'delete');
  if (own && parts.positions.status().state === 'restored') return { reason: 'restored' };
  const guard = unit.guards.findIndex((each) => !holds(parts, each));
  return guard === -1 ? undefined : { reason: 'guard', guard };
}

function holds({ versions, search }: Parts, guard: Guard): boolean {
  if (guard.kind === 'unchanged') {
    return versions.find(guard.key.type, guard.key.id)?.versionId === guard.versionId;
  }
  const limit = guard.keys.length + 1;
  const { ids } = search.matches({ ...guard.query, limit, total: 'none' });
  if (ids.length !== guard.keys.length) return false;
  const matched = new Set(ids);
  return guard.keys.every(({ type, id }) => type === guard.query.type && matched.has(id));
}

/** Two own writes of one resource, own writes beside replicas, two changes of one cursor, lease or timer: checked one after the other. */
function hasRepeats(changes: readonly WriterChange[]): boolean {
  if (changes.length < 2) return false;
  const seen = new Set<string>();
  let own = false;
  let replicas = false;
  for (const change of changes) {
    if (change.kind === 'replica') replicas = true;
    own ||= change.kind === 'put' || change.kind === 'delete';
    const name = expectedOf(change);
    if (name === undefined) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return own && replicas;
}

/** What a change has expectations about or changes them of; undefined where there is nothing of that kind. */
function expectedOf(change: WriterChange): string | undefined {
  switch (change.kind) {
    case 'put':
    case 'delete':
      return `${change.type}/${change.id}`;
    case 'move-cursor':
    case 'lease':
      return `${change.kind} ${change.name}`;
    case 'set-timer':
      return `timer ${change.timer.id}`;
    case 'clear-timer':
      return `timer ${change.id}`;
    default:
      return undefined;
  }
}

interface Checked {
  readonly change: WriterChange;
  readonly place: number;
  /** Takes what was found, by place. */
  readonly found: (ResourceRow | undefined)[];
}

function checkChange(parts: Parts, { change, place, found }: Checked): CommitFailure | undefined {
  if (change.kind !== 'put' && change.kind !== 'delete') return checkOther(parts, change);
  const resource = parts.versions.find(change.type, change.id);
  found[place] = resource;
  const owner = parts.dictionary.origin(change.origin).owner;
  const met =
    change.expect === neverHeld
      ? resource === undefined
      : resource?.versionId === change.expect && resource.owner === owner;
  if (met) {
    if (change.versionId > (resource?.versionId ?? 0)) return undefined;
    throw new Error('a new version must be numbered above the current one');
  }
  const key = { type: change.type, id: change.id };
  if (!resource) return { reason: 'version', change: place, key, current: undefined };
  const holder = partyName(parts.database, resource.owner);
  return { reason: 'version', change: place, key, current: resource.versionId, owner: holder };
}

function checkOther({ positions, jobs }: Parts, change: ReplicaRow | OtherChange): CommitFailure | undefined {
  if (change.kind === 'move-cursor') {
    const { name, from } = change;
    const current = positions.cursor(name);
    return equalPositions(current, from) ? undefined : { reason: 'cursor', name, current };
  }
  if (change.kind === 'lease') {
    const { name, seen } = change;
    const current = jobs.lease(name);
    const same = current?.holder === seen?.holder && current?.renewals === seen?.renewals;
    return same ? undefined : { reason: 'lease', name, current };
  }
  if (change.kind !== 'clear-timer' || change.dueAt === undefined) return undefined;
  return jobs.hasTimer(change.id, change.dueAt) ? undefined : { reason: 'timer', id: change.id };
}

function partyName(database: Database, party: number): string {
  const row = database.prepare('SELECT name FROM party WHERE party = ?').get(party) as { name: string };
  return row.name;
}

const equalPositions = (a: Position | undefined, b: Position | undefined): boolean =>
  a?.incarnation === b?.incarnation && a?.sequence === b?.sequence && a?.hash === b?.hash;

function applyChange(parts: Parts, change: WriterChange, found: ResourceRow | undefined): ChangeOutcome {
  if (change.kind === 'replica') {
    const outcome = parts.replica(change);
    if (outcome === 'stored') countVersion(parts, change, 'replicated');
    return outcome;
  }
  if (change.kind !== 'put' && change.kind !== 'delete') return applyOther(parts, change);
  const { versions, state } = parts;
  const rid = found?.rid ?? (state.lastRid += 1);
  versions.append(change, rid);
  versions.makeCurrent(change, found, rid);
  if (found?.apart !== undefined) {
    if (change.versionId > found.apart) parts.forks.resolve(found, change);
    else versions.setApart(rid, found.apart);
  }
  countVersion(parts, change, 'accepted');
  return 'stored';
}

function countVersion({ counts, state }: Parts, row: VersionRow, series: 'accepted' | 'replicated'): void {
  counts.add({
    series,
    day: dayOf(state.lastArrivalMs),
    type: row.type,
    source: row.origin.source,
    peer: row.origin.receivedFrom,
    n: 1,
    bytes: Buffer.byteLength(row.body),
  });
}

function applyOther(parts: Parts, change: OtherChange): ChangeOutcome {
  switch (change.kind) {
    case 'move-cursor':
      parts.positionRows.moveCursor(change.name, change.to);
      return 'done';
    case 'lease':
      parts.jobRows.setLease(change.name, {
        holder: change.holder,
        renewals: (change.seen?.renewals ?? 0) + 1,
      });
      return 'done';
    case 'set-timer':
      parts.jobRows.setTimer(change.timer);
      return 'done';
    case 'clear-timer':
      parts.jobRows.clearTimer(change.id);
      return 'done';
    case 'enrol':
      parts.enrolments.enrol(change);
      return 'done';
    case 'withdraw':
      parts.enrolments.withdraw(change.key);
      return 'done';
    case 'exception':
      parts.exceptions.put(change.exception);
      return 'done';
    case 'clear-exception':
      parts.exceptions.clear(change);
      return 'done';
    case 'count':
      parts.counts.add({ ...change.count, day: dayNumber(change.count.day) });
      return 'done';
    case 'audit':
      parts.audit(change.event);
      return 'done';
    case 'restored':
      parts.positionRows.restored(change.lastSequence);
      return 'done';
    case 'recovered':
      parts.positionRows.recovered();
      return 'done';
    case 'accept-file':
      parts.file.accept();
      return 'done';
    case 'prune-once':
      parts.positionRows.pruneOnce(change.before);
      return 'done';
  }
}
