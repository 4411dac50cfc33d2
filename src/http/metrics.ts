import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { Store } from '../ports/store.js';

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
  readonly store: Pick<Store, 'counts'>;
}

/** What `/metrics` shows: process and event loop, requests, volumes of all days kept. */
export function createMetrics(deps: MetricsDeps): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addRequestMetrics(registry, deps.counters);
  addVolumeMetrics(registry, deps.store);
  return registry;
}

function addVolumeMetrics(registry: Registry, store: MetricsDeps['store']): void {
  const labelNames = ['series', 'type', 'source'];
  const bytes = new Gauge({
    name: 'rhie_volume_bytes',
    help: 'Bytes of bodies by series, type and source',
    labelNames,
    registers: [],
  });
  new Gauge({
    name: 'rhie_volume_records',
    help: 'Versions by series, type and source',
    labelNames,
    registers: [registry],
    async collect() {
      this.reset();
      bytes.reset();
      for (const { series, type, source, n, bytes: size } of await store.counts({})) {
        this.inc({ series, type, source }, n);
        bytes.inc({ series, type, source }, size);
      }
    },
  });
  registry.registerMetric(bytes);
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
