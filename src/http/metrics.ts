import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { StreamStatus } from '../domain/exchange/index.js';
import type { Store } from '../ports/store.js';
import type { PersonIndexView } from './person-index-view.js';

/** Requests by interaction and status, counted cheaply and handed to prom-client only when it is asked. */
export interface RequestCounters {
  add(interaction: string, status: number, ms: number): void;
  entries(): readonly RequestCount[];
}

export interface RequestCount {
  readonly interaction: string;
  readonly status: number;
  readonly n: number;
  readonly seconds: number;
}

interface Spent {
  n: number;
  ms: number;
}

export function createRequestCounters(): RequestCounters {
  const byInteraction = new Map<string, Map<number, Spent>>();
  return {
    add(interaction, status, ms) {
      let byStatus = byInteraction.get(interaction);
      if (!byStatus) {
        byStatus = new Map<number, Spent>();
        byInteraction.set(interaction, byStatus);
      }
      const count = byStatus.get(status);
      if (count) {
        count.n += 1;
        count.ms += ms;
      } else byStatus.set(status, { n: 1, ms });
    },
    entries: () =>
      [...byInteraction].flatMap(([interaction, byStatus]) =>
        [...byStatus].map(([status, { n, ms }]) => ({ interaction, status, n, seconds: ms / 1000 })),
      ),
  };
}

export interface MetricsDeps {
  readonly counters: RequestCounters;
  readonly store: Pick<Store, 'counts' | 'countExceptions' | 'status'>;
  readonly exchange: ExchangeView;
  /** Absent where the node keeps no person index. */
  readonly persons?: PersonIndexView;
}

/** What the exchange shows of itself. */
export interface ExchangeView {
  streams(): Promise<readonly StreamStatus[]>;
  /** Clients' writes wait for the peers. */
  holdsWrites(): boolean;
}

export const noExchange: ExchangeView = { streams: () => Promise.resolve([]), holdsWrites: () => false };

/** What `/metrics` shows: process and event loop, requests, volumes of all days kept, streams, exceptions, the store, persons. */
export function createMetrics(deps: MetricsDeps): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addRequestMetrics(registry, deps.counters);
  addVolumeMetrics(registry, deps.store);
  addStreamMetrics(registry, deps.exchange);
  addStoreMetrics(registry, deps);
  if (deps.persons) addPersonMetrics(registry, deps.persons);
  return registry;
}

interface GaugeOf<Row> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  readonly add: (gauge: Gauge, row: Row) => void;
}

/** Gauges of one source, which is asked once for all of them whenever `/metrics` is: they are collected at the same time. */
function addGauges<Row>(
  registry: Registry,
  ask: () => Promise<readonly Row[]>,
  gauges: readonly GaugeOf<Row>[],
): void {
  let asked: Promise<readonly Row[]> | undefined;
  const askOnce = (): Promise<readonly Row[]> =>
    (asked ??= ask().finally(() => {
      asked = undefined;
    }));
  for (const { name, help, labelNames = [], add } of gauges) {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      async collect() {
        const rows = await askOnce();
        this.reset();
        for (const row of rows) add(this, row);
      },
    });
  }
}

function addVolumeMetrics(registry: Registry, store: MetricsDeps['store']): void {
  const labelNames = ['series', 'type', 'source'];
  addGauges(registry, () => store.counts({}), [
    {
      name: 'rhie_volume_records',
      help: 'Versions by series, type and source',
      labelNames,
      add: (gauge, { series, type, source, n }) => gauge.inc({ series, type, source }, n),
    },
    {
      name: 'rhie_volume_bytes',
      help: 'Bytes of bodies by series, type and source',
      labelNames,
      add: (gauge, { series, type, source, bytes }) => gauge.inc({ series, type, source }, bytes),
    },
  ]);
}

/** A stream is one lane to one peer; the process that runs the streams shows them. */
function addStreamMetrics(registry: Registry, exchange: ExchangeView): void {
  const labelNames = ['peer', 'lane'];
  const streamsHere = async (): Promise<StreamStatus[]> =>
    (await exchange.streams()).filter(({ state }) => state !== 'elsewhere');
  addGauges(registry, streamsHere, [
    {
      name: 'rhie_stream_waiting',
      help: 'Versions of this log that were not yet looked through or confirmed',
      labelNames,
      add: (gauge, { peer, lane, waiting }) => gauge.set({ peer, lane }, waiting),
    },
    {
      name: 'rhie_stream_up',
      help: '1 while the peer answers and both agree on a position, else 0',
      labelNames,
      add: (gauge, { peer, lane, state }) =>
        gauge.set({ peer, lane }, Number(state === 'streaming' || state === 'idle')),
    },
    {
      name: 'rhie_stream_caught_up',
      help: '1 where the peer has confirmed all of this log that it is to get, else 0',
      labelNames,
      add: (gauge, { peer, lane, caughtUp }) => gauge.set({ peer, lane }, Number(caughtUp)),
    },
  ]);
}

function addStoreMetrics(registry: Registry, { store, exchange }: Omit<MetricsDeps, 'counters'>): void {
  addGauges(registry, async () => [await store.status()], [
    {
      name: 'rhie_store_restored',
      help: '1 while a restored store waits for what it lost, else 0',
      add: (gauge, { state }) => gauge.set(Number(state === 'restored')),
    },
    {
      name: 'rhie_store_failing',
      help: '1 while the disk fails commits, else 0',
      add: (gauge, { failing = false }) => gauge.set(Number(failing)),
    },
    {
      name: 'rhie_store_writes_held',
      help: '1 while copied data wait for the peers, else 0',
      add: (gauge) => gauge.set(Number(exchange.holdsWrites())),
    },
  ]);
  addGauges(registry, async () => [...(await store.countExceptions())], [
    {
      name: 'rhie_exceptions',
      help: 'Exceptions that stand, by kind, counted up to 10000; resolved forks are left out',
      labelNames: ['kind'],
      add: (gauge, [kind, n]) => gauge.set({ kind }, n),
    },
  ]);
}

function addPersonMetrics(registry: Registry, persons: PersonIndexView): void {
  addGauges(registry, async () => [await persons.progress()], [
    {
      name: 'rhie_mpi_waiting',
      help: 'Versions of the log that the person index has not looked through',
      add: (gauge, { settled, logEnd }) => gauge.set(Math.max(0, logEnd - settled)),
    },
  ]);
  addGauges(registry, async () => [await persons.population()], [
    {
      name: 'rhie_mpi_reviews',
      help: 'Pairs of records that wait for a steward, postponed ones included',
      add: (gauge, { waitingForReview }) => gauge.set(waitingForReview),
    },
  ]);
  const count = (name: string, help: string, of: 'cutBlocks' | 'timesFull'): void =>
    void new Counter({
      name,
      help,
      registers: [registry],
      async collect() {
        const progress = await persons.progress();
        this.reset();
        this.inc(progress[of]);
      },
    });
  count(
    'rhie_mpi_cut_blocks_total',
    'Blocking keys on too many records to compare them, each time that one was met',
    'cutBlocks',
  );
  count(
    'rhie_mpi_full_persons_total',
    'Persons with too many records to take another one, each time that one was met',
    'timesFull',
  );
}

function addRequestMetrics(registry: Registry, counters: RequestCounters): void {
  const labelNames = ['interaction', 'status'];
  const seconds = new Counter({
    name: 'rhie_http_request_seconds_total',
    help: 'Time spent on requests by interaction and status',
    labelNames,
    registers: [],
  });
  new Counter({
    name: 'rhie_http_requests_total',
    help: 'Requests by interaction and status',
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      seconds.reset();
      for (const { interaction, status, n, seconds: spent } of counters.entries()) {
        this.inc({ interaction, status }, n);
        seconds.inc({ interaction, status }, spent);
      }
    },
  });
  registry.registerMetric(seconds);
}
