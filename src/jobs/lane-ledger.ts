import { regionDay } from '../domain/audit/index.js';
import { acknowledgedCursor, reportedCursor, streamTo } from '../domain/exchange/index.js';
import { type VersionName, versionName } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { RefusedVersion } from '../ports/peer.js';
import type { Change, CountRow, Position, Store } from '../ports/store.js';

/** What was handed over in one batch, as far as counting needs it. */
export interface HandedOver {
  /** This log's position behind the batch. */
  readonly to: Position;
  readonly entries: readonly CountedEntry[];
}

export interface CountedEntry extends VersionName {
  readonly sequence: number;
  readonly source: string;
  readonly bytes: number;
}

/**
 * Counts what one lane reported to a peer and what the peer acknowledged, each version once: the counts move with a
 * cursor in one commit, and what lies before the cursor counts nothing when it is offered again.
 */
export interface LaneLedger {
  load(): Promise<void>;
  /** The batch has reached the peer, whose answer is not known. */
  reported(batch: HandedOver): void;
  /** The peer's position lies behind the batch. */
  acknowledged(batch: HandedOver, exceptions: readonly RefusedVersion[]): void;
  acknowledgedPosition(): Position | undefined;
  /** Something noted is not yet committed. */
  busy(): boolean;
  /** Resolves when all that was noted is committed. */
  settled(): Promise<void>;
}

export interface LaneLedgerDeps {
  readonly store: Pick<Store, 'commit' | 'cursor'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly peer: string;
  readonly lane: Lane;
}

interface Note {
  readonly batch: HandedOver;
  readonly acknowledged: boolean;
  readonly exceptions: readonly RefusedVersion[];
}

interface Cursors {
  reported: Position | undefined;
  acknowledged: Position | undefined;
}

export function createLaneLedger(deps: LaneLedgerDeps): LaneLedger {
  let cursors: Cursors = { reported: undefined, acknowledged: undefined };
  let notes: Note[] = [];
  let working: Promise<void> | undefined;

  const load = async (): Promise<void> => {
    const { peer, lane, store } = deps;
    cursors = {
      reported: await store.cursor(reportedCursor(peer, lane)),
      acknowledged: await store.cursor(acknowledgedCursor(peer, lane)),
    };
  };

  async function commitNotes(): Promise<void> {
    while (notes.length > 0) {
      const batch = notes;
      notes = [];
      const { changes, after } = changesOf(deps, batch, cursors);
      const result = await deps.store.commit({ changes, guards: [] });
      if (result.ok) cursors = after;
      else await load();
    }
  }

  function add(note: Note): void {
    notes.push(note);
    working ??= commitNotes()
      .catch(() => {
        deps.logger.warn({ peer: deps.peer, lane: deps.lane }, 'exchange counts wait for the next start');
      })
      .finally(() => {
        working = undefined;
      });
  }

  return {
    load,
    reported: (batch) => {
      if (batch.entries.length > 0) add({ batch, acknowledged: false, exceptions: [] });
    },
    acknowledged: (batch, exceptions) => add({ batch, acknowledged: true, exceptions }),
    acknowledgedPosition: () => cursors.acknowledged,
    busy: () => working !== undefined,
    async settled() {
      while (working) await working;
    },
  };
}

function changesOf(
  deps: LaneLedgerDeps,
  notes: readonly Note[],
  cursors: Cursors,
): { changes: Change[]; after: Cursors } {
  const after = { ...cursors };
  const day = regionDay(deps.clock.now());
  const tally = createTally(deps.peer, day);
  const changes: Change[] = [];
  for (const { batch, acknowledged, exceptions } of notes) {
    const apart = new Set(exceptions.map(versionName));
    for (const entry of batch.entries) {
      if (entry.sequence > (after.reported?.sequence ?? 0)) tally.add('reported', entry);
      if (!acknowledged || entry.sequence <= (after.acknowledged?.sequence ?? 0)) continue;
      if (!apart.has(versionName(entry))) tally.add('acknowledged', entry);
    }
    if (isLater(batch.to, after.reported)) after.reported = batch.to;
    if (acknowledged && isLater(batch.to, after.acknowledged)) after.acknowledged = batch.to;
    for (const { key, versionId, kind, reason } of exceptions) {
      changes.push({
        kind: 'exception',
        exception: { stream: streamTo(deps.peer), key, versionId, kind, reason },
      });
    }
  }
  changes.push(...tally.changes());
  const move = (name: string, from: Position | undefined, to: Position | undefined): void => {
    if (to && to !== from) changes.push({ kind: 'move-cursor', name, from, to });
  };
  move(reportedCursor(deps.peer, deps.lane), cursors.reported, after.reported);
  move(acknowledgedCursor(deps.peer, deps.lane), cursors.acknowledged, after.acknowledged);
  return { changes, after };
}

/** Sequences of one log go on through a restore: what is counted never counts again. */
const isLater = (position: Position, than: Position | undefined): boolean =>
  position.sequence > (than?.sequence ?? -1);

function createTally(
  peer: string,
  day: string,
): { add(series: 'reported' | 'acknowledged', entry: CountedEntry): void; changes(): Change[] } {
  const counts = new Map<string, CountRow>();
  return {
    add(series, { key: { type }, source, bytes }) {
      const name = `${series}|${type}|${source}`;
      const before = counts.get(name);
      counts.set(name, {
        series,
        day,
        type,
        source,
        peer,
        n: (before?.n ?? 0) + 1,
        bytes: (before?.bytes ?? 0) + bytes,
      });
    },
    changes: () => [...counts.values()].map((count) => ({ kind: 'count', count })),
  };
}
