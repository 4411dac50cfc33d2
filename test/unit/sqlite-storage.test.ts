import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import express from 'express';

import { closeDatabase, openDatabase, type Database } from '../../src/adapters/sqlite/driver.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createStorage } from '../../src/adapters/sqlite/storage.js';
import { healthRoutes } from '../../src/http/api/health.js';
import type { Store } from '../../src/ports/store.js';
import { keyOf, put, unitOf } from '../contract/store-units.js';
import { closeServer, listen } from '../support/exchange-node.js';
import { fhirRequest } from '../support/fhir-request.js';

describe('createStorage', () => {
  it('does not take a small commit on an almost full disk for its recovery', () => {
    let free = 10_000;
    const quiet = (): void => undefined;
    const storage = createStorage({ debug: quiet, info: quiet, warn: quiet, error: quiet }, () => free);
    storage.report(undefined);
    expect(storage.failing()).to.equal(false);
    storage.report('SQLite 13: database or disk is full');
    storage.report(undefined);
    expect(storage.failing()).to.equal(true);
    free = 100_000_000;
    expect(storage.failing()).to.equal(true);
    storage.report(undefined);
    expect(storage.failing()).to.equal(false);
  });
});

describe('sqlite store on a failing disk', () => {
  let folder: string;
  let store: Store;
  let lines: string[];
  /** Another program that has locked the database: a disk that takes no commit. */
  let other: Database;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rhie-storage-'));
    lines = [];
    const note =
      (level: string) =>
      (fields: object, message: string): number =>
        lines.push(`${level} ${message}${'cause' in fields ? ` (${String(fields.cause)})` : ''}`);
    const quiet = (): void => undefined;
    const logger = { debug: quiet, info: note('info'), warn: note('warn'), error: note('error') };
    const clock = { now: () => 1 };
    const wait = { busyTimeoutMs: 0 };
    store = openSqliteStore({ directory: folder, readers: 1, clock, nodeId: 'node-a', logger, ...wait });
    await store.open();
    lines.length = 0;
    other = openDatabase(join(folder, 'store.db'), { readOnly: false, cacheKiB: 100, busyTimeoutMs: 0 });
    other.exec('BEGIN IMMEDIATE');
  });
  afterEach(async () => {
    closeDatabase(other);
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const write = (id: string): Promise<unknown> =>
    store.commit(unitOf(put({ id }))).catch((error: unknown) => error);

  it('logs once that it fails and once that it is well again', async () => {
    for (const id of ['a', 'b', 'c']) expect(await write(id)).to.include({ category: 'busy' });
    expect(await store.status()).to.include({ failing: true });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^error the disk is full or failing.*\(SQLite 5: database is locked\)$/);
    other.exec('ROLLBACK');
    for (const id of ['a', 'b', 'c']) expect(await write(id)).to.include({ ok: true });
    expect(await store.status()).to.not.have.property('failing');
    expect(lines.slice(1)).to.deep.equal(['info the disk takes writes again']);
  });

  it('is not ready while it fails, and ready again without a client’s write', async () => {
    const server = createServer(express().use(healthRoutes({ store, holdsWrites: () => false })));
    const origin = await listen(server, 0);
    const ready = async (): Promise<unknown[]> => {
      const { status, json } = await fhirRequest(`${origin}/health/ready`);
      return [status, json['status']];
    };
    expect(await ready()).to.deep.equal([200, 'ready']);
    await write('a');
    expect(await ready()).to.deep.equal([503, 'failing']);
    expect(await ready()).to.deep.equal([503, 'failing']);
    other.exec('ROLLBACK');
    expect(await ready()).to.deep.equal([200, 'ready']);
    expect(lines).to.have.length(2);
    expect(await store.read([keyOf('a')])).to.deep.equal([undefined]);
    await closeServer(server);
  });
});
