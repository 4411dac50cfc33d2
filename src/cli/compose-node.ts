import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { openSqliteStore } from '../adapters/sqlite/index.js';
import { systemClock } from '../adapters/system/clock.js';
import { createIds } from '../adapters/system/ids.js';
import { createApp } from '../app.js';
import { requireScope } from '../auth/require-scope.js';
import type { Config } from '../config/config.js';
import { createAuditTrail, type AuditTrail } from '../domain/audit/index.js';
import { createRecordService, directoryRule, sourceRule } from '../domain/records/index.js';
import { exchangePeerRoutes } from '../http/api/exchange-peers.js';
import { exchangeStatusRoutes } from '../http/api/exchange-status.js';
import { statusOf } from '../http/error-table.js';
import { replicateRoute } from '../http/interactions/op-replicate.js';
import { createExchange, type RunningExchange } from '../jobs/exchange.js';
import { holdingStore } from '../jobs/hold-writes.js';
import { startPruning } from '../jobs/prune-once.js';
import type { Admission } from '../ports/admission.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Ingest } from '../ports/ingest.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';
import { createAdmission } from '../threads/admission.js';
import { createIngest } from '../threads/ingest-pool.js';
import { composeMpi, type RunningMpi } from './compose-mpi.js';
import { createDrainingServer, type DrainingServer } from './draining-server.js';
import { authenticatorOf, createPeers } from './node-sign-in.js';

export interface NodeOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly version: string;
  /** A restored store takes writes again without pulling back what it lost. */
  readonly acceptLoss: boolean;
  /** Called when a part that the node can't do without has died. */
  readonly onFatal: (error: Error) => void;
}

export interface RunningNode {
  /** `http://host:port` where it listens. */
  readonly origin: string;
  /** Stops in reverse order of the start; what was accepted is committed. */
  stop(): Promise<void>;
}

const inlineLimitBytes = 65_536;

/** Opens the adapters, listens, builds services, app and jobs. Rejects with the reason where a part can't start. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { config } = options;
  const store = await storeOf(options);
  await store.open();
  // Listens before there is an app: a port may be chosen only now, and the base of all links and references holds it.
  // No request is missed in between, since nothing waits up to there.
  const draining = createDrainingServer();
  const { server } = draining;
  try {
    await listen(server, config.server);
    return await runOn(draining, store, options);
  } catch (error) {
    server.close();
    await store.close();
    throw error;
  }
}

async function storeOf({ config, logger, onFatal }: NodeOptions): Promise<Store> {
  const { url, ...embedded } = config.store;
  const common = { clock: systemClock, nodeId: config.node.id, logger };
  if (url === undefined) return openSqliteStore({ ...embedded, ...common, onFailure: onFatal });
  // Loaded only where it is used: it takes some tenths of a second and 34 MB.
  const { openMongoStore } = await import('../adapters/mongo/index.js');
  return openMongoStore({ url, ...common });
}

async function runOn(
  { server, close }: DrainingServer,
  store: Store,
  options: NodeOptions,
): Promise<RunningNode> {
  const { config, logger } = options;
  const clock = systemClock;
  const ids = createIds(clock);
  const origin = originOf(server);
  const admission = createAdmission(config.server.admittedBytes);
  const base = `${config.server.baseUrl ?? origin}/fhir`;
  const ingest = createIngest({ inlineLimitBytes, admission, base, logger });
  const audit = createAuditTrail({ store, clock, logger, statusOf });
  const exchange = createExchange({
    settings: { ...config.exchange, nodeId: config.node.id, directoryOwner: config.directory.owner },
    store,
    ingest,
    clock,
    ids,
    logger,
    peers: createPeers(config, ids),
    acceptLoss: options.acceptLoss,
  });
  const clientStore = holdingStore(store, exchange.holdsWrites);
  const mpi =
    config.mpi.domain === 'off'
      ? undefined
      : composeMpi(config, { store, clientStore, ingest, clock, ids, logger, audit });
  server.on(
    'request',
    composeApp(options, { store, clock, ids, ingest, admission, audit, exchange, mpi, origin }),
  );
  await exchange.start();
  await mpi?.registration.start();
  const stopPruning = startPruning({ store, clock, logger });
  return {
    origin,
    async stop() {
      stopPruning();
      await close();
      await mpi?.models.stop();
      await mpi?.registration.stop();
      await exchange.stop();
      await audit.close();
      await ingest.close();
      await store.close();
    },
  };
}

interface Parts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly ingest: Ingest;
  readonly admission: Admission;
  readonly audit: AuditTrail;
  readonly exchange: RunningExchange;
  /** Absent where the node keeps no person index. */
  readonly mpi: RunningMpi | undefined;
  /** `http://host:port` where the node listens. */
  readonly origin: string;
}

function composeApp({ config, logger, version }: NodeOptions, parts: Parts): ReturnType<typeof createApp> {
  const { exchange, mpi, origin, ...shared } = parts;
  const { node, server, directory, search } = config;
  const { parent, children } = config.exchange;
  const records = createRecordService({
    ...shared,
    store: holdingStore(parts.store, exchange.holdsWrites),
    nodeId: node.id,
    anyId: !parent && children.length === 0,
    authorize: requireScope,
    writeRules: [
      // They say whose a record is whoever sent it, and what to do instead.
      ...(mpi?.writeRules ?? []),
      sourceRule,
      ...(directory.owner === 'parent' && parent ? [directoryRule(`node ${parent.id}`)] : []),
    ],
    ...mpi?.records,
    directory: { owner: directory.owner, ready: exchange.directoryReady },
    search,
  });
  return createApp({
    ...shared,
    records,
    logger,
    authenticator: authenticatorOf(config, origin),
    node: { name: node.name === '' ? node.id : node.name, version, signIn: config.auth.mode === 'smart' },
    origin: () => server.baseUrl ?? origin,
    bodyLimitBytes: server.bodyLimitBytes,
    search,
    operations: [replicateRoute(exchange), ...(mpi?.operations ?? [])],
    apiRoutes: [exchangePeerRoutes(exchange), exchangeStatusRoutes(exchange), ...(mpi?.apiRoutes ?? [])],
    exchange,
    ...(mpi ? { persons: mpi.view } : {}),
  });
}

function listen(server: Server, { host, port }: Config['server']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function originOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;
}
