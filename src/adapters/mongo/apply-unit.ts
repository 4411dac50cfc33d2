import { randomBytes } from 'node:crypto';

import { dayOf, dayText, toMs } from '../../fhir/instant.js';
import type {
  Change,
  ChangeOutcome,
  CommitFailure,
  CommitResult,
  CommitUnit,
  DeleteChange,
  Position,
  PutChange,
  ReplicaChange,
} from '../../ports/store.js';
import { toAuditDoc } from './audit.js';
import { addCount } from './counts.js';
import { beginUnit, heldOf, push, set, takeBack, type Draft } from './draft.js';
import { appendVersion, endForks, noteException } from './append-version.js';
import { enrol, withdraw } from './enrolments.js';
import { clearException } from './exceptions.js';
import { onceId, toOnce } from './positions.js';
import { applyReplica } from './replica.js';
import { bodyOf } from './versions.js';

export interface PlannedUnit {
  readonly unit: CommitUnit;
  /** Places of guards of the kind `matches-exactly` whose queries matched something else. */
  readonly failedGuards: ReadonlySet<number>;
  readonly nowMs: number;
  readonly nodeId: string;
  /** Where the data lie. */
  readonly place: string;
}

/** Decides a unit on the state that the ones before it left. What is refused has changed nothing. */
export function applyUnit(draft: Draft, planned: PlannedUnit): CommitResult {
  beginUnit(draft);
  draft.meta.lastArrival = Math.max(draft.meta.lastArrival, planned.nowMs);
  const failed = refusalOf(draft, planned);
  if (failed) return refuse(draft, failed);
  const outcomes: ChangeOutcome[] = [];
  for (const [place, change] of planned.unit.changes.entries()) {
    const refusal = checkChange(draft, change, place);
    if (refusal) return refuse(draft, refusal);
    outcomes.push(applyChange(draft, planned, change));
  }
  const { once } = planned.unit;
  if (once) {
    const _id = onceId(once.principal, once.requestId);
    const doc = { ...once, _id, at: toMs(once.at) };
    set(draft, draft.once, [_id, doc]);
    push(draft, draft.writes.once, doc);
  }
  return { ok: true, outcomes, lastSequence: draft.meta.lastSequence };
}

function refuse(draft: Draft, failed: CommitFailure): CommitResult {
  takeBack(draft);
  return { ok: false, failed };
}

/** What concerns the unit as a whole. */
function refusalOf(draft: Draft, { unit, failedGuards }: PlannedUnit): CommitFailure | undefined {
  const kept = unit.once && draft.once.get(onceId(unit.once.principal, unit.once.requestId));
  if (kept) return { reason: 'once', record: toOnce(kept) };
  const own = unit.changes.some(({ kind }) => kind === 'put' || kind === 'delete');
  if (own && draft.meta.state === 'restored') return { reason: 'restored' };
  const guard = unit.guards.findIndex((each, place) =>
    each.kind === 'unchanged' ? heldOf(draft, each.key)?.n !== each.versionId : failedGuards.has(place),
  );
  return guard === -1 ? undefined : { reason: 'guard', guard };
}

function checkChange(draft: Draft, change: Change, place: number): CommitFailure | undefined {
  if (change.kind !== 'put' && change.kind !== 'delete') return checkOther(draft, change);
  const { key, expect, versionId, origin } = change;
  const held = heldOf(draft, key);
  const met = expect === 'never' ? !held : held?.n === expect && held.owner === origin.owner;
  if (met) {
    if (versionId > (held?.n ?? 0)) return undefined;
    throw new Error('a new version must be numbered above the current one');
  }
  if (!held) return { reason: 'version', change: place, key, current: undefined };
  return { reason: 'version', change: place, key, current: held.n, owner: held.owner };
}

function checkOther(
  draft: Draft,
  change: Exclude<Change, PutChange | DeleteChange>,
): CommitFailure | undefined {
  if (change.kind === 'move-cursor') {
    const { name, from } = change;
    const current = draft.cursors.get(name);
    return samePosition(current, from) ? undefined : { reason: 'cursor', name, current };
  }
  if (change.kind === 'lease') {
    const { name, seen } = change;
    const current = draft.leases.get(name);
    const same = current?.holder === seen?.holder && current?.renewals === seen?.renewals;
    return same ? undefined : { reason: 'lease', name, current };
  }
  if (change.kind !== 'clear-timer' || change.dueAt === undefined) return undefined;
  const { id, dueAt } = change;
  const held = draft.timers.get(id);
  return held && toMs(held.dueAt) === toMs(dueAt) ? undefined : { reason: 'timer', id };
}

const samePosition = (a: Position | undefined, b: Position | undefined): boolean =>
  a?.incarnation === b?.incarnation && a?.sequence === b?.sequence && a?.hash === b?.hash;

function applyChange(draft: Draft, planned: PlannedUnit, change: Change): ChangeOutcome {
  const { writes, meta } = draft;
  switch (change.kind) {
    case 'put':
    case 'delete':
      applyOwn(draft, change);
      return 'stored';
    case 'replica': {
      const returning = planned.unit.ownReturn ?? meta.state === 'restored';
      const outcome = applyReplica(draft, change, { nodeId: planned.nodeId, returning });
      if (outcome === 'stored') countVersion(draft, change, 'replicated');
      return outcome;
    }
    case 'move-cursor':
      set(draft, draft.cursors, [change.name, change.to]);
      set(draft, writes.cursors, [change.name, change.to]);
      return 'done';
    case 'lease': {
      const renewals = (change.seen?.renewals ?? 0) + 1;
      const lease = [change.name, { holder: change.holder, renewals }] as const;
      set(draft, draft.leases, lease);
      set(draft, writes.leases, lease);
      return 'done';
    }
    case 'set-timer':
      set(draft, draft.timers, [change.timer.id, change.timer]);
      set(draft, writes.timers, [change.timer.id, change.timer]);
      return 'done';
    case 'clear-timer':
      set(draft, draft.timers, [change.id, undefined]);
      set(draft, writes.timers, [change.id, undefined]);
      return 'done';
    case 'enrol':
      enrol(draft, change);
      return 'done';
    case 'withdraw':
      withdraw(draft, change.key);
      return 'done';
    case 'exception':
      noteException(draft, change.exception);
      return 'done';
    case 'clear-exception':
      push(draft, writes.exceptions, clearException(change));
      return 'done';
    case 'count':
      addTo(draft, change.count);
      return 'done';
    case 'audit':
      meta.lastAudit += 1;
      push(draft, writes.audit, toAuditDoc(change.event, meta.lastAudit));
      return 'done';
    case 'prune-once':
      push(draft, writes.prunedOnce, toMs(change.before));
      return 'done';
    default:
      changeMeta(draft, change, planned.place);
      return 'done';
  }
}

function changeMeta(
  { meta }: Draft,
  change: Extract<Change, { kind: 'restored' | 'recovered' | 'accept-file' }>,
  place: string,
): void {
  switch (change.kind) {
    case 'restored':
      meta.lineage = [...meta.lineage, { incarnation: meta.incarnation, lastSequence: change.lastSequence }];
      meta.incarnation = randomBytes(16).toString('hex');
      meta.state = 'restored';
      return;
    case 'recovered':
      meta.state = 'normal';
      return;
    case 'accept-file':
      meta.place = place;
  }
}

function applyOwn(draft: Draft, change: PutChange | DeleteChange): void {
  const held = heldOf(draft, change.key);
  const open = held?.apart !== undefined && change.versionId <= held.apart ? held.apart : undefined;
  appendVersion(draft, change, { held, apart: open });
  if (held?.apart !== undefined && open === undefined) endForks(draft, change);
  countVersion(draft, change, 'accepted');
}

function countVersion(
  draft: Draft,
  change: PutChange | DeleteChange | ReplicaChange,
  series: 'accepted' | 'replicated',
): void {
  addTo(draft, {
    series,
    day: dayText(dayOf(draft.meta.lastArrival)),
    type: change.key.type,
    source: change.origin.source,
    peer: change.origin.receivedFrom,
    n: 1,
    bytes: Buffer.byteLength(bodyOf(change)),
  });
}

function addTo(draft: Draft, count: Parameters<typeof addCount>[1]): void {
  const { counts } = draft.writes;
  addCount(counts, count);
  draft.undo.push(() => addCount(counts, { ...count, n: -count.n, bytes: -count.bytes }));
}
