import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createHttpPeer } from '../../src/adapters/peer/http-peer.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createIds } from '../../src/adapters/system/ids.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { createApp } from '../../src/app.js';
import { createOpenAuthenticator } from '../../src/auth/authenticator.js';
import { composeMpi, type RunningMpi } from '../../src/cli/compose-mpi.js';
import { requireScope } from '../../src/auth/require-scope.js';
import { createAuditTrail } from '../../src/domain/audit/index.js';
import type { ExchangeSettings, StreamPolicy } from '../../src/domain/exchange/index.js';
import { createRecordService, directoryRule } from '../../src/domain/records/index.js';
import { exchangePeerRoutes } from '../../src/http/api/exchange-peers.js';
import { exchangeStatusRoutes } from '../../src/http/api/exchange-status.js';
import { statusOf } from '../../src/http/error-table.js';
import { replicateRoute } from '../../src/http/interactions/op-replicate.js';
import { createExchange, type RunningExchange } from '../../src/jobs/exchange.js';
import { holdingStore } from '../../src/jobs/hold-writes.js';
import type { Store } from '../../src/ports/store.js';
import { createAdmission } from '../../src/threads/admission.js';
import { createIngest } from '../../src/threads/ingest-pool.js';

export interface ExchangeNodeOptions {
  readonly id: string;
  /** Addresses of the neighbours; each may be that of a link that fails on purpose. */
  readonly parent?: { readonly id: string; readonly url: string };
  readonly children?: readonly {
    readonly id: string;
    readonly url: string;
    readonly owners?: readonly string[];
  }[];
  readonly up?: Partial<StreamPolicy>;
  readonly down?: Partial<StreamPolicy>;
  readonly directoryOwner?: 'self' | 'parent';
  readonly batchBytes?: number;
  readonly timeoutMs?: number;
  readonly acceptLoss?: boolean;
  /** So long clients' writes wait for the peers where the data are a copy; a minute when absent. */
  readonly holdMs?: number;
  /** Runs the master patient index. */
  readonly mpi?: 'self' | 'elsewhere';
  /** Data of an earlier node; kept when the node stops. */
  readonly directory?: string;
  readonly port?: number;
}

/** One whole node with its streams, in this process. */
export interface ExchangeNode {
  readonly id: string;
  readonly origin: string;
  readonly directory: string;
  readonly store: Store;
  readonly exchange: RunningExchange;
  readonly mpi?: RunningMpi;
  /** Stops what runs; the data stay. */
  stop(): Promise<void>;
}

const policyOf = (policy: Partial<StreamPolicy> = {}): StreamPolicy => ({
  excludeTypes: [],
  withholdLabels: [],
  ...policy,
});

const directories = new Set<string>();

/** A folder for one node's data; removed by `removeDirectories`. */
export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rhie-exchange-'));
  directories.add(directory);
  return directory;
}

export async function removeDirectories(): Promise<void> {
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
  directories.clear();
}

export async function startExchangeNode(options: ExchangeNodeOptions): Promise<ExchangeNode> {
  const { id } = options;
  const directory = options.directory ?? (await newDirectory());
  const clock = { now: () => Date.now() };
  const ids = createIds(clock);
  const logger = createLogger({ level: 'silent', node: id });
  const store = openSqliteStore({ directory, readers: 1, clock, nodeId: id, logger });
  await store.open();
  const admission = createAdmission(268_435_456);
  const ingest = createIngest({
    inlineLimitBytes: 65_536,
    admission,
    base: `http://${id}.test/fhir`,
    logger,
  });
  const settings = settingsOf(options);
  const peers = [...(options.parent ? [options.parent] : []), ...(options.children ?? [])].map(
    ({ id: peer, url }) =>
      createHttpPeer({ id: peer, url, nodeId: id, timeoutMs: options.timeoutMs ?? 5000, gzipLevel: 1 }),
  );
  const exchange = createExchange({
    settings,
    store,
    ingest,
    clock,
    ids,
    logger,
    peers,
    acceptLoss: options.acceptLoss ?? false,
    backOff: { baseMs: 10, maxMs: 50 },
    askAgainMs: 100,
    holdMs: options.holdMs ?? 60_000,
  });
  const audit = createAuditTrail({ store, clock, logger, statusOf });
  const search = { defaultCount: 20, maxCount: 1000 };
  const mpi = options.mpi
    ? composeMpi(
        { node: { id }, mpi: { domain: options.mpi }, search },
        { store, ingest, clock, ids, logger, audit },
      )
    : undefined;
  const records = createRecordService({
    store: holdingStore(store, exchange.holdsWrites),
    ingest,
    clock,
    ids,
    audit,
    nodeId: id,
    anyId: true,
    authorize: requireScope,
    writeRules: [
      ...(settings.directoryOwner === 'parent' ? [directoryRule(settings.parent?.id ?? '')] : []),
      ...(mpi?.writeRules ?? []),
    ],
    ...mpi?.records,
    directory: { owner: settings.directoryOwner, ready: exchange.directoryReady },
    search,
  });
  let origin = '';
  const app = createApp({
    records,
    audit,
    store,
    authenticator: createOpenAuthenticator(id),
    clock,
    ids,
    logger,
    node: { name: id, version: '0.0.0', signIn: false },
    origin: () => origin,
    bodyLimitBytes: 67_108_864,
    admission,
    search,
    operations: [replicateRoute(exchange), ...(mpi?.operations ?? [])],
    apiRoutes: [exchangePeerRoutes(exchange), exchangeStatusRoutes(exchange), ...(mpi?.apiRoutes ?? [])],
    exchange,
    ...(mpi ? { persons: mpi.view } : {}),
  });
  const server = createServer(app);
  origin = await listen(server, options.port ?? 0);
  await exchange.start();
  await mpi?.registration.start();
  return {
    id,
    origin,
    directory,
    store,
    exchange,
    ...(mpi ? { mpi } : {}),
    async stop() {
      await mpi?.registration.stop();
      await exchange.stop();
      await closeServer(server);
      await audit.close();
      await ingest.close();
      await store.close();
    },
  };
}

function settingsOf(options: ExchangeNodeOptions): ExchangeSettings {
  const { id, parent, children = [], up, down } = options;
  return {
    nodeId: id,
    directoryOwner: options.directoryOwner ?? 'self',
    ...(parent ? { parent: { id: parent.id, owners: [] } } : {}),
    children: children.map((child) => ({ id: child.id, owners: child.owners ?? [child.id] })),
    policy: { up: policyOf(up), down: policyOf(down) },
    batchBytes: options.batchBytes ?? 1_000_000,
  };
}

export async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
