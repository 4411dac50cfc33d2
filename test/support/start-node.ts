import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createIds } from '../../src/adapters/system/ids.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { createApp } from '../../src/app.js';
import { createAuthenticator, createOpenAuthenticator } from '../../src/auth/authenticator.js';
import type { ClientRegistration } from '../../src/auth/client-registry.js';
import { composeMpi, type RunningMpi } from '../../src/cli/compose-mpi.js';
import { requireScope } from '../../src/auth/require-scope.js';
import { createAuditTrail, type AuditTrail } from '../../src/domain/audit/index.js';
import {
  createRecordService,
  directoryRule,
  sourceRule,
  type RecordDeps,
  type RecordService,
} from '../../src/domain/records/index.js';
import { statusOf } from '../../src/http/error-table.js';
import type { Store } from '../../src/ports/store.js';
import { createAdmission } from '../../src/threads/admission.js';
import { createIngest } from '../../src/threads/ingest-pool.js';

export interface NodeOptions {
  /** Present: clients must sign in, and these may. */
  readonly clients?: readonly ClientRegistration[];
  readonly anyId?: boolean;
  readonly directory?: RecordDeps['directory'];
  readonly bodyLimitBytes?: number;
  readonly admittedBytes?: number;
  /** Of sign-ins, beside the node's own address. */
  readonly audience?: string;
  /** An open store instead of one of its own; stays open. */
  readonly store?: Store;
  /** Runs the master patient index: as the identity domain, or as a node below it. */
  readonly mpi?: 'self' | 'elsewhere';
  /** Milliseconds since the epoch; the machine's clock when absent. */
  readonly now?: () => number;
}

/** A node on a free loopback port with an empty SQLite store of its own. */
export interface TestNode {
  /** FHIR base. */
  readonly base: string;
  readonly origin: string;
  readonly store: Store;
  readonly records: RecordService;
  readonly audit: AuditTrail;
  readonly mpi?: RunningMpi;
  close(): Promise<void>;
}

const search = { defaultCount: 20, maxCount: 200 };

export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const directory = await mkdtemp(join(tmpdir(), 'rhie-http-'));
  const clock = { now: options.now ?? (() => Date.now()) };
  const ids = createIds(clock);
  const logger = createLogger({ level: 'silent', node: 'county-a' });
  const store =
    options.store ?? openSqliteStore({ directory, readers: 1, clock, nodeId: 'county-a', logger });
  if (!options.store) await store.open();
  const admission = createAdmission(options.admittedBytes ?? 268_435_456);
  const ingest = createIngest({
    inlineLimitBytes: 65_536,
    admission,
    base: 'http://county-a.test/fhir',
    logger,
  });
  const audit = createAuditTrail({ store, clock, logger, statusOf });
  const mpi = options.mpi
    ? composeMpi(
        { node: { id: 'county-a' }, mpi: { domain: options.mpi }, search },
        { store, ingest, clock, ids, logger, audit },
      )
    : undefined;
  const { directory: directoryState = { owner: 'self', ready: () => true } } = options;
  const records = createRecordService({
    store,
    ingest,
    clock,
    ids,
    audit,
    nodeId: 'county-a',
    anyId: options.anyId ?? true,
    authorize: requireScope,
    writeRules: [
      ...(mpi?.writeRules ?? []),
      sourceRule,
      ...(directoryState.owner === 'parent' ? [directoryRule('node city-x')] : []),
    ],
    ...mpi?.records,
    directory: directoryState,
    search,
  });
  let origin = '';
  const authenticator = options.clients
    ? createAuthenticator({
        nodeId: 'county-a',
        clients: options.clients,
        secret: 'a secret of thirty-two characters',
        tokenLifetimeSeconds: 300,
        audiences: () => [`${origin}/auth/token`, ...(options.audience ? [options.audience] : [])],
        clock,
      })
    : createOpenAuthenticator('county-a');
  const app = createApp({
    records,
    audit,
    store,
    authenticator,
    clock,
    ids,
    logger,
    node: { name: 'County A', version: '0.0.0', signIn: options.clients !== undefined },
    origin: () => origin,
    bodyLimitBytes: options.bodyLimitBytes ?? 67_108_864,
    admission,
    search,
    operations: mpi?.operations ?? [],
    apiRoutes: mpi?.apiRoutes ?? [],
    ...(mpi ? { persons: mpi.view } : {}),
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await mpi?.registration.start();
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    base: `${origin}/fhir`,
    origin,
    store,
    records,
    audit,
    ...(mpi ? { mpi } : {}),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await mpi?.models.stop();
      await mpi?.registration.stop();
      await audit.close();
      await ingest.close();
      if (!options.store) await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
