import { offeredForm, toEntry, type Offer } from '../domain/exchange/index.js';
import { writeReplicateBundle } from '../fhir/bundle/replicate-bundle.js';
import { toReference } from '../fhir/key.js';
import type { Lane } from '../fhir/lane.js';
import { samePosition } from '../fhir/stream-position.js';
import type { Logger } from '../ports/logger.js';
import type { Peer, PeerAnswer, PeerFailure, ReplicateReceipt } from '../ports/peer.js';
import type { LogPage, Position, Store, StoredVersion } from '../ports/store.js';
import { pause, type Bell } from './bell.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { CountedEntry, HandedOver, LaneLedger } from './lane-ledger.js';

/** Where both sides agree that the lane goes on. */
export interface Agreement {
  /** The peer's position as it knows it; a batch's `from`. */
  readonly from: Position | undefined;
  /** Sequence of this log after which to read. */
  readonly after: number;
}

export interface LaneSenderDeps {
  readonly store: Store;
  readonly offer: Offer;
  readonly lane: Lane;
  readonly peer: Peer;
  readonly breaker: CircuitBreaker;
  readonly ledger: LaneLedger;
  /** Asks the peer; undefined after a failure, which the breaker knows by then. */
  readonly agree: () => Promise<Agreement | undefined>;
  /** An idle lane asks so often whether the peer is still where it was. */
  readonly recheckMs: number;
  readonly batchBytes: number;
  readonly bell: Bell;
  readonly logger: Logger;
}

export interface LaneSender {
  run(signal: AbortSignal): Promise<void>;
  /** The peer may be elsewhere than it was: asks as soon as the lane is idle. */
  recheck(): void;
  progress(): LaneProgress;
}

export interface LaneProgress {
  readonly agreed: boolean;
  /** What the peer has confirmed. */
  readonly position: Position | undefined;
  /** Sequence up to which this log was looked through and, where something was to send, confirmed. */
  readonly settled: number;
  /** Batches are in flight, or confirmed ones are not yet counted. */
  readonly busy: boolean;
}

interface Flight {
  readonly batch: HandedOver;
  readonly from: Position | undefined;
  readonly answer: Promise<PeerAnswer<ReplicateReceipt>>;
}

const mostEntries = 2000;
/** The next batch travels while the peer commits the last one; after a failure one at a time until a success. */
const mostInFlight = 2;
/** Rows that policy left out may pile up so far before an empty batch moves the peer's position over them. */
const mostFiltered = 5000;
/** A lane that was woken for other lanes' rows waits so long before it looks again. */
const fruitlessMs = 3;
/** Small batches of a busy lane start at least so far apart. */
const lingerMs = 15;
const smallBytes = 65_536;

interface Running {
  readonly deps: LaneSenderDeps;
  agreed: boolean;
  position: Position | undefined;
  settled: number;
  /** Entries that a batch may have; fewer after the peer has rejected one. */
  limit: number;
  /** Batches that may be in flight. */
  window: number;
  /** The peer knows that it has seen all, and this log's incarnation. */
  told: boolean;
  recheck: boolean;
  /** Answers in a row whose position was not the expected one. */
  mismatches: number;
  readonly flights: Flight[];
}

/** Reads one lane of the log and hands it to one peer, from the position at which the peer says it is. */
export function createLaneSender(deps: LaneSenderDeps): LaneSender {
  const running: Running = {
    deps,
    agreed: false,
    position: undefined,
    settled: 0,
    limit: mostEntries,
    window: 1,
    told: false,
    recheck: false,
    mismatches: 0,
    flights: [],
  };
  return {
    run: (signal) => run(running, signal),
    recheck() {
      running.recheck = true;
      deps.bell.ring();
    },
    progress: () => ({
      agreed: running.agreed,
      position: running.position,
      settled: running.settled,
      busy: running.flights.length > 0 || deps.ledger.busy(),
    }),
  };
}

async function run(running: Running, signal: AbortSignal): Promise<void> {
  const { agree, breaker, lane, logger, peer } = running.deps;
  while (!signal.aborted) {
    await breaker.enter(signal);
    if (signal.aborted) return;
    try {
      const agreement = await agree();
      if (agreement) await stream(running, agreement, signal);
    } catch (error) {
      breaker.failed({ kind: 'failed', reason: 'this node could not read its own log' });
      const name = error instanceof Error ? error.name : 'unknown';
      logger.error({ peer: peer.id, lane, error: name }, 'a stream was interrupted');
    }
    running.agreed = false;
  }
}

/** Returns when agreement is lost or the signal stops it; then nothing is in flight. */
async function stream(running: Running, agreement: Agreement, signal: AbortSignal): Promise<void> {
  const { deps, flights } = running;
  let { from, after } = agreement;
  let filtered = 0;
  let intact = true;
  let last = { atMs: -lingerMs, bytes: 0 };
  Object.assign(running, { agreed: true, position: from, settled: after, recheck: false });
  while (intact && !signal.aborted) {
    if (last.bytes < smallBytes) await pause(last.atMs + lingerMs - performance.now(), signal);
    const page = await readPage(running, after);
    const batch = await toBatch(deps, page);
    const complete = isComplete(page);
    if (from?.incarnation !== page.upTo.incarnation) running.told = false;
    filtered += page.entries.length - batch.versions.length;
    if (batch.versions.length > 0 || (complete && !running.told) || filtered >= mostFiltered) {
      flights.push(depart(deps, { ...batch, from, complete }));
      from = page.upTo;
      filtered = 0;
      running.told ||= complete;
      last = { atMs: performance.now(), bytes: batch.bytes };
      if (flights.length >= running.window) intact = await land(running);
    } else if (complete) {
      intact = await land(running);
      if (intact) {
        running.settled = page.upTo.sequence;
        if (page.entries.length === 0) await pause(fruitlessMs, signal);
        intact = await idle(running, from);
      }
    }
    after = page.upTo.sequence;
  }
  await drain(running, intact);
}

/** Waits for something to do; false where the peer has gone elsewhere in the meantime. */
async function idle(running: Running, from: Position | undefined): Promise<boolean> {
  const { bell, recheckMs, agree } = running.deps;
  const rung = await bell.wait(recheckMs);
  if (rung && !running.recheck) return true;
  running.recheck = false;
  const agreement = await agree();
  return agreement !== undefined && samePosition(agreement.from, from);
}

/** After a loss the answers of what is still in flight say nothing: the peer's position will. */
async function drain(running: Running, intact: boolean): Promise<void> {
  let counts = intact;
  while (running.flights.length > 0) {
    if (counts) counts = await land(running);
    else {
      await running.flights[0]?.answer;
      running.flights.shift();
    }
  }
}

const readPage = ({ deps, limit }: Running, after: number): Promise<LogPage> =>
  deps.store.readLog({ lane: deps.lane, after, limit, maxBytes: deps.batchBytes });

/** Waits for the oldest batch in flight; false where the peer did not take it as sent. */
async function land(running: Running): Promise<boolean> {
  const { deps, flights } = running;
  const flight = flights[0];
  if (!flight) return true;
  const answer = await flight.answer;
  flights.shift();
  running.window = answer.ok && answer.value.taken ? mostInFlight : 1;
  if (!answer.ok) return failed(running, flight, answer.failure);
  const receipt = answer.value;
  if (!receipt.taken || !samePosition(receipt.position, flight.batch.to)) {
    running.mismatches += 1;
    if (running.mismatches > 2) {
      deps.breaker.failed({ kind: 'failed', reason: 'the peer’s position is not where its answers say' });
    }
    return false;
  }
  deps.breaker.succeeded();
  deps.ledger.acknowledged(flight.batch, receipt.exceptions);
  running.mismatches = 0;
  running.limit = Math.min(mostEntries, running.limit * 2);
  running.position = flight.batch.to;
  running.settled = flight.batch.to.sequence;
  return true;
}

async function failed(running: Running, flight: Flight, failure: PeerFailure): Promise<false> {
  const { deps } = running;
  const { entries } = flight.batch;
  if (failure.kind === 'rejected' && entries.length > 1) {
    running.limit = Math.max(1, Math.floor(entries.length / 2));
    return false;
  }
  if (failure.kind === 'rejected' && entries.length === 1 && (await passOver(deps, flight, failure))) {
    return false;
  }
  if (failure.kind === 'timeout' || failure.kind === 'cut') deps.ledger.reported(flight.batch);
  deps.breaker.failed(failure);
  return false;
}

interface Batch {
  readonly versions: readonly StoredVersion[];
  readonly counted: readonly CountedEntry[];
  readonly to: Position;
  readonly bytes: number;
}

async function toBatch(deps: LaneSenderDeps, page: LogPage): Promise<Batch> {
  const versions: StoredVersion[] = [];
  const counted: CountedEntry[] = [];
  let bytes = 0;
  for (const entry of page.entries) {
    const version = await offeredForm(deps.store, deps.offer, entry);
    if (!version) continue;
    versions.push(version);
    const counts = countedEntry(version, entry.position.sequence);
    counted.push(counts);
    bytes += counts.bytes;
  }
  return { versions, counted, to: page.upTo, bytes };
}

export const countedEntry = (version: StoredVersion, sequence: number): CountedEntry => ({
  key: version.key,
  versionId: version.versionId,
  source: version.origin.source,
  sequence,
  bytes: Buffer.byteLength(version.body),
});

/** The page surely reaches the end of the log: a cut one ends with its last entry. */
const isComplete = (page: LogPage): boolean =>
  page.entries[page.entries.length - 1]?.position.sequence !== page.upTo.sequence;

function depart(
  deps: LaneSenderDeps,
  batch: Batch & { readonly from: Position | undefined; readonly complete: boolean },
): Flight {
  const { lane } = deps;
  const { from, to, complete } = batch;
  const entries = batch.versions.map(toEntry);
  const text = writeReplicateBundle({ lane, ...(from ? { from } : {}), to, entries });
  return {
    batch: { to, entries: batch.counted },
    from,
    answer: deps.peer.replicate({ lane, text, complete }),
  };
}

/**
 * A batch of one version that the peer can't read blocks nothing: where the peer takes an empty batch in its place, the
 * version is named as an exception here.
 */
async function passOver(deps: LaneSenderDeps, flight: Flight, failure: PeerFailure): Promise<boolean> {
  const [entry] = flight.batch.entries;
  const { lane } = deps;
  const { from, batch } = flight;
  const text = writeReplicateBundle({ lane, ...(from ? { from } : {}), to: batch.to, entries: [] });
  const answer = await deps.peer.replicate({ lane, text, complete: false });
  if (!answer.ok || !answer.value.taken || !entry) return false;
  const { key, versionId } = entry;
  deps.ledger.acknowledged(batch, [{ key, versionId, kind: 'refused', reason: failure.reason }]);
  deps.logger.warn(
    { peer: deps.peer.id, lane, type: toReference(key).split('/')[0] },
    'a version was rejected',
  );
  return true;
}
