import type { Offer } from '../domain/exchange/index.js';
import { offeredForm } from '../domain/exchange/index.js';
import { versionName } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { Peer, PeerPositions, RefusedVersion } from '../ports/peer.js';
import type { Position, Store } from '../ports/store.js';
import { createBell } from './bell.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import { createLaneLedger, type CountedEntry, type LaneLedger } from './lane-ledger.js';
import { countedEntry, createLaneSender, type Agreement, type LaneProgress } from './lane-sender.js';
import { lastCommonSequence, locatePosition } from './locate-position.js';

export interface PeerSenderDeps {
  readonly store: Store;
  readonly offer: Offer;
  readonly peer: Peer;
  readonly breaker: CircuitBreaker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly batchBytes: number;
  readonly recheckMs: number;
  /** Called when the peer knows another log than this one; resolves when the store has a new incarnation. */
  readonly onRestored: (lastCommon: number, incarnation: string) => Promise<void>;
  /** Called when the peer's position in a lane was compared, after `onRestored` where that was called. */
  readonly onCompared: (peer: string, lane: Lane) => void;
  /** Incarnations without anything in common with this log. */
  readonly unrelated: ReadonlySet<string>;
}

/** All lanes to one peer. */
export interface PeerSender {
  /** Until the signal comes; ends after the batches under way. May run again afterwards. */
  run(signal: AbortSignal): Promise<void>;
  /** The peer has come back and may be elsewhere than it was. */
  recheck(): void;
  progress(): readonly (LaneProgress & { readonly lane: Lane })[];
}

const catchUpPage = { limit: 2000, maxBytes: 8 * 1024 * 1024 };

export function createPeerSender(deps: PeerSenderDeps): PeerSender {
  const asking = createAsking(deps);
  const lanes = deps.offer.lanes.map((lane) => {
    const bell = createBell();
    const ledger = createLaneLedger({ ...deps, peer: deps.peer.id, lane });
    const agree = (): Promise<Agreement | undefined> =>
      agreeOn({ deps, lane, ledger, ledgers, positions: asking.positions });
    const sender = createLaneSender({ ...deps, lane, bell, ledger, agree });
    return { lane, bell, ledger, sender };
  });
  const ledgers: LaneLedger[] = lanes.map(({ ledger }) => ledger);
  const ringAll = (): void => {
    for (const { bell } of lanes) bell.ring();
  };

  return {
    async run(signal) {
      asking.startAnew();
      const unwatch = deps.store.watch(ringAll);
      signal.addEventListener('abort', ringAll);
      try {
        await Promise.all(lanes.map(({ sender }) => sender.run(signal)));
      } finally {
        signal.removeEventListener('abort', ringAll);
        unwatch();
      }
      for (const ledger of ledgers) await ledger.settled();
    },
    recheck() {
      for (const { sender } of lanes) sender.recheck();
    },
    progress: () => lanes.map(({ lane, sender }) => ({ lane, ...sender.progress() })),
  };
}

/** Callers that come while a call is under way get its result. */
function shareCalls<T>(call: () => Promise<T>): () => Promise<T> {
  let current: Promise<T> | undefined;
  return () =>
    (current ??= call().finally(() => {
      current = undefined;
    }));
}

interface Asking {
  /** The next question tells the peer that this node has started. */
  startAnew(): void;
  positions(): Promise<PeerPositions | undefined>;
}

/** Asks the peer where it is. */
function createAsking({ peer, breaker }: PeerSenderDeps): Asking {
  let started = true;
  const positions = shareCalls(async () => {
    const answer = await peer.positions(started);
    if (!answer.ok) {
      breaker.failed(answer.failure);
      return undefined;
    }
    started = false;
    return answer.value;
  });
  return { positions, startAnew: () => void (started = true) };
}

interface Agreeing {
  readonly deps: PeerSenderDeps;
  readonly lane: Lane;
  readonly ledger: LaneLedger;
  /** Of all lanes to this peer. */
  readonly ledgers: readonly LaneLedger[];
  readonly positions: () => Promise<PeerPositions | undefined>;
}

/** Asks the peer where it is; counts what it has confirmed since the last count; names a restored store. */
async function agreeOn(agreeing: Agreeing): Promise<Agreement | undefined> {
  const { deps, lane, ledger, ledgers, positions } = agreeing;
  await ledger.settled();
  await ledger.load();
  const known = await positions();
  if (!known) return undefined;
  const position = known[lane];
  const located = await locatePosition(deps.store, position, deps.unrelated);
  if (located === 'restored') {
    await Promise.all(ledgers.map((entry) => entry.load()));
    const confirmed = ledgers.map((entry) => entry.acknowledgedPosition());
    await deps.onRestored(await lastCommonSequence(deps.store, confirmed), position?.incarnation ?? '');
    deps.onCompared(deps.peer.id, lane);
    return undefined;
  }
  deps.onCompared(deps.peer.id, lane);
  const caughtUp = await catchUpCounts(agreeing, located.after);
  return caughtUp ? { from: position, after: located.after } : undefined;
}

/** A batch whose answer was lost was taken all the same: the peer's position tells, and it is counted now. */
async function catchUpCounts({ deps, lane, ledger }: Agreeing, upTo: number): Promise<boolean> {
  let after = ledger.acknowledgedPosition()?.sequence ?? 0;
  if (after >= upTo) return true;
  const answer = await deps.peer.refusals();
  if (!answer.ok) {
    deps.breaker.failed(answer.failure);
    return false;
  }
  const end = await deps.store.positionAt(upTo);
  while (end && after < upTo) {
    const page = await deps.store.readLog({ lane, after, ...catchUpPage });
    const entries: CountedEntry[] = [];
    for (const entry of page.entries) {
      if (entry.position.sequence > upTo) break;
      const version = await offeredForm(deps.store, deps.offer, entry);
      if (version) entries.push(countedEntry(version, entry.position.sequence));
    }
    const to: Position = page.upTo.sequence < upTo ? page.upTo : end;
    ledger.acknowledged({ to, entries }, among(answer.value, entries));
    after = to.sequence;
  }
  await ledger.settled();
  return true;
}

function among(refused: readonly RefusedVersion[], entries: readonly CountedEntry[]): RefusedVersion[] {
  const names = new Set(entries.map(versionName));
  return refused.filter((version) => names.has(versionName(version)));
}
