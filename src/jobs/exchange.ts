import {
  acknowledgedCursor,
  createOffer,
  createOpenGaps,
  createReceiver,
  createTopology,
  heldView,
  knownNeighbour,
  offeredView,
  readForFetch,
  reconcile,
  requireSettings,
  type Exchange,
  type ExchangeSettings,
  type Offer,
  type OpenGaps,
  type Receiver,
  type StreamStatus,
  type StreamViews,
  type Topology,
} from '../domain/exchange/index.js';
import { laneOf } from '../fhir/lane.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Ingest } from '../ports/ingest.js';
import type { Logger } from '../ports/logger.js';
import type { Peer, StreamView } from '../ports/peer.js';
import type { Store } from '../ports/store.js';
import { pause } from './bell.js';
import { createCircuitBreaker, type BackOff, type CircuitBreaker } from './circuit-breaker.js';
import { createGapFiller, type GapFiller } from './fill-gaps.js';
import { createWriteHold, type WriteHold } from './hold-writes.js';
import { keepLease, type KeptLease, type LeaseTimes } from './keep-lease.js';
import { createPeerSender, type PeerSender } from './peer-sender.js';
import { createRecovery, type Recovery } from './recover-store.js';

export interface ExchangeDeps {
  readonly settings: ExchangeSettings;
  readonly store: Store;
  readonly ingest: Pick<Ingest, 'prepareReplicas'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  /** One for the parent and each child of the settings. */
  readonly peers: readonly Peer[];
  /** `--accept-loss`: a restored store takes writes again without pulling back. */
  readonly acceptLoss?: boolean;
  readonly backOff?: Partial<BackOff>;
  /** After so long a missing version is asked for again. */
  readonly askAgainMs?: number;
  /** An idle stream asks so often whether its peer is still where it was. */
  readonly recheckMs?: number;
  /** So long at most clients' writes wait for the peers where the data are a copy. */
  readonly holdMs?: number;
  readonly leaseTimes?: Partial<LeaseTimes>;
}

/** The exchange of one node: what it offers over HTTP, and what runs without a request. */
export interface RunningExchange extends Exchange {
  /** Loads what is kept in memory; of the processes on the store one runs the streams. The store must be open. */
  start(): Promise<void>;
  /** Ends streams and jobs; afterwards the store may be closed. */
  stop(): Promise<void>;
  /** Under `directory.owner: parent`: the directory has come down once up to its end. Always true under `self`. */
  directoryReady(): boolean;
  /** Clients' writes must be refused: the data may be an old copy, and the peers have not all answered yet. */
  holdsWrites(): boolean;
  /** Ends the state `restored` without pulling back. */
  acceptLoss(): Promise<void>;
}

const defaultBackOff: BackOff = { baseMs: 200, maxMs: 30_000, random: Math.random };
const defaultAskAgainMs = 60_000;
const defaultRecheckMs = 30_000;
const defaultHoldMs = 60_000;

interface Link {
  readonly offer: Offer;
  readonly peer: Peer;
  readonly breaker: CircuitBreaker;
  readonly sender: PeerSender;
  readonly filler: GapFiller;
}

/** Throws an Error that lists what is wrong with the policy. */
export function createExchange(deps: ExchangeDeps): RunningExchange {
  const { settings, store } = deps;
  requireSettings(settings);
  const topology = createTopology(settings);
  const gaps = createOpenGaps(store, topology);
  const receiver = createReceiver({ ...deps, topology, gaps });
  const { links, recovery, hold } = createLinks(deps, { topology, gaps, receiver });
  const jobs = createJobs(deps, { links, recovery, hold, receiver });
  const viewOf = (asker: string, view: StreamView): StreamViews => {
    const neighbour = knownNeighbour(topology, asker);
    return view === 'held'
      ? heldView(store, neighbour)
      : offeredView(store, createOffer(settings, neighbour));
  };
  const reconciling = {
    ...deps,
    nodeId: settings.nodeId,
    offers: links.map(({ offer }) => offer),
    peers: new Map(links.map(({ peer }) => [peer.id, peer])),
    receiver,
    batchBytes: settings.batchBytes,
  };

  return {
    receive: receiver.receive,
    positions(sender, started) {
      if (started) links.find(({ peer }) => peer.id === sender)?.sender.recheck();
      return receiver.positions(sender);
    },
    digests: (asker, view) => viewOf(asker, view).digests(),
    versions: (asker, { view, ...request }) => viewOf(asker, view).versions(request),
    fetch: (asker, request) => readForFetch(viewOf(asker, request.view), request, settings.batchBytes),
    exceptions: (query) => store.exceptions(query),
    streams: () => streamStatus(store, links, jobs.lease.held),
    reconcile: (request) => reconcile(reconciling, request),
    isNeighbour: (id) => topology.neighbour(id) !== undefined,
    async start() {
      await hold.start();
      await receiver.load();
      await jobs.start();
    },
    stop: jobs.stop,
    directoryReady: () =>
      settings.directoryOwner === 'self' ||
      settings.parent === undefined ||
      receiver.isComplete(settings.parent.id, laneOf('Organization')),
    holdsWrites: hold.held,
    acceptLoss: recovery.acceptLoss,
  };
}

interface Receiving {
  readonly topology: Topology;
  readonly gaps: OpenGaps;
  readonly receiver: Receiver;
}

interface Linked {
  readonly links: Link[];
  readonly recovery: Recovery;
  readonly hold: WriteHold;
}

function createLinks(deps: ExchangeDeps, receiving: Receiving): Linked {
  const { settings } = deps;
  const { topology, gaps } = receiving;
  const backOff = { ...defaultBackOff, ...deps.backOff };
  const peers = deps.peers.map((peer) => ({ peer, breaker: createCircuitBreaker(backOff) }));
  const acceptLoss = deps.acceptLoss ?? false;
  const recovery = createRecovery({ ...deps, ...receiving, peers, acceptLoss });
  const askAgainMs = deps.askAgainMs ?? defaultAskAgainMs;
  const offered = peers.map(({ peer, breaker }) => {
    const offer = createOffer(settings, knownNeighbour(topology, peer.id));
    return { peer, breaker, offer };
  });
  const streams = offered.map(({ peer, offer }) => ({ peer: peer.id, lanes: offer.lanes }));
  const hold = createWriteHold({ ...deps, streams, acceptLoss, holdMs: deps.holdMs ?? defaultHoldMs });
  const links = offered.map(({ peer, breaker, offer }): Link => {
    const shared = { ...deps, ...receiving, offer, peer, breaker };
    const sender = createPeerSender({
      ...shared,
      batchBytes: settings.batchBytes,
      recheckMs: deps.recheckMs ?? defaultRecheckMs,
      onRestored: recovery.restored,
      onCompared: hold.compared,
      unrelated: recovery.unrelated,
    });
    return { offer, peer, breaker, sender, filler: createGapFiller({ ...shared, askAgainMs }) };
  });
  gaps.onNoted((neighbour) => links.find(({ peer }) => peer.id === neighbour)?.filler.bell.ring());
  return { links, recovery, hold };
}

interface Jobs {
  readonly lease: KeptLease;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const leaseName = 'exchange';
/** So long may batches under way take when the node is asked to stop; then they are broken off. */
const graceMs = 2000;

function createJobs(
  { store, logger, ids, leaseTimes = {}, acceptLoss = false, askAgainMs = defaultAskAgainMs }: ExchangeDeps,
  { links, recovery, hold, receiver }: Linked & { readonly receiver: Receiver },
): Jobs {
  const stopping = new AbortController();
  let refreshing: Promise<void> = Promise.resolve();
  async function each(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      await work().catch(() => logger.warn({}, 'exceptions could not be looked through'));
      await pause(askAgainMs, signal);
    }
  }
  const lease = keepLease(
    { store, logger, name: leaseName, holder: ids.uuid(), times: leaseTimes },
    async (signal) => {
      const ring = (): void => links.forEach(({ filler }) => filler.bell.ring());
      signal.addEventListener('abort', ring);
      recovery.resume(signal);
      await Promise.all([
        ...links.flatMap(({ sender, filler }) => [sender.run(signal), filler.run(signal)]),
        each(signal, receiver.sweep),
      ]);
      await recovery.settled();
    },
  );
  return {
    lease,
    async start() {
      if (acceptLoss) await recovery.acceptLoss();
      refreshing = each(stopping.signal, receiver.refresh);
      await lease.start();
    },
    async stop() {
      const close = (): void => links.forEach(({ peer }) => peer.close());
      stopping.abort();
      const breakOff = setTimeout(close, graceMs);
      await lease.stop();
      clearTimeout(breakOff);
      close();
      await refreshing;
      await hold.stop();
    },
  };
}

async function streamStatus(
  store: Store,
  links: readonly Link[],
  here: () => boolean,
): Promise<StreamStatus[]> {
  const { lastSequence } = await store.status();
  if (!here()) return streamsElsewhere(store, links, lastSequence);
  return links.flatMap(({ offer, breaker, peer, sender }) =>
    sender.progress().map(({ lane, agreed, position, settled, busy }): StreamStatus => {
      const caughtUp = agreed && !busy && settled >= lastSequence;
      const state = breaker.open ? 'broken' : !agreed ? 'connecting' : caughtUp ? 'idle' : 'streaming';
      return {
        peer: peer.id,
        role: offer.neighbour.role,
        lane,
        position,
        logEnd: lastSequence,
        waiting: Math.max(0, lastSequence - settled),
        caughtUp,
        state,
        ...(breaker.lastFailure ? { lastError: breaker.lastFailure.reason } : {}),
      };
    }),
  );
}

/** What the store tells of streams that another process runs: where something was counted last. */
function streamsElsewhere(store: Store, links: readonly Link[], logEnd: number): Promise<StreamStatus[]> {
  const streams = links.flatMap(({ offer, peer }) => offer.lanes.map((lane) => ({ offer, peer, lane })));
  return Promise.all(
    streams.map(async ({ offer, peer, lane }): Promise<StreamStatus> => {
      const position = await store.cursor(acknowledgedCursor(peer.id, lane));
      const waiting = Math.max(0, logEnd - (position?.sequence ?? 0));
      const { role } = offer.neighbour;
      return {
        peer: peer.id,
        role,
        lane,
        position,
        logEnd,
        waiting,
        caughtUp: waiting === 0,
        state: 'elsewhere',
      };
    }),
  );
}
