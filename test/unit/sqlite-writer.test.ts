import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';

import { expect } from 'chai';

import { closeDatabase, openDatabase, prepareQuery } from '../../src/adapters/sqlite/driver.js';
import { openGroupWriter, type GroupWriter } from '../../src/adapters/sqlite/group.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { encodeUnit, type UnitResult } from '../../src/adapters/sqlite/messages.js';
import { migrate, migrations, schemaNumber } from '../../src/adapters/sqlite/schema.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { CommitUnit } from '../../src/ports/store.js';
import { keyOf, put, token, unitOf } from '../contract/store-units.js';

const options = { readOnly: false, cacheKiB: 1_000, busyTimeoutMs: 0 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rhie-writer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('sqlite migrate', () => {
  const path = (): string => join(folder, 'old.db');

  it('brings an older schema forward and keeps the data', () => {
    const database = openDatabase(path(), options);
    const older = [
      { name: 'one', sql: 'CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES (1), (2)' },
      { name: 'two', sql: 'ALTER TABLE thing ADD COLUMN size INTEGER' },
    ];
    migrate(database, older.slice(0, 1));
    expect(schemaNumber(database)).to.equal(1);
    migrate(database, older);
    expect(schemaNumber(database)).to.equal(2);
    expect(prepareQuery<[string, null]>(database, 'SELECT name, size FROM thing').all()).to.deep.equal([
      ['1', null],
      ['2', null],
    ]);
    migrate(database, older);
    expect(schemaNumber(database)).to.equal(2);
    closeDatabase(database);
  });

  it('leaves the data as it was when a step fails', () => {
    const database = openDatabase(path(), options);
    const steps = [
      { name: 'one', sql: 'CREATE TABLE thing (name TEXT)' },
      { name: 'two', sql: 'CREATE TABLE other (name TEXT); INSERT INTO missing VALUES (1)' },
    ];
    expect(() => migrate(database, steps)).to.throw('no such table');
    expect(database.isTransaction).to.equal(false);
    expect(schemaNumber(database)).to.equal(1);
    expect(prepareQuery(database, "SELECT 1 FROM sqlite_schema WHERE name = 'other'").all()).to.deep.equal(
      [],
    );
    closeDatabase(database);
  });

  it('refuses data of a later release', () => {
    const database = openDatabase(path(), options);
    database.exec(`PRAGMA user_version = ${String(migrations.length + 1)}`);
    closeDatabase(database);
    expect(() => openGroupWriter(path(), 'node-a'))
      .to.throw('use a later release')
      .with.property('category', 'busy');
  });
});

describe('sqlite group commit', () => {
  let writer: GroupWriter;
  beforeEach(() => {
    writer = openGroupWriter(join(folder, 'store.db'), 'node-a');
  });
  afterEach(() => writer.close());

  const commitAll = (...units: CommitUnit[]): UnitResult[] =>
    writer.commit(units.map((unit) => encodeUnit(unit, 1)));
  const sequences = (results: UnitResult[]): (number | undefined)[] =>
    results.map((result) => (result.ok === true ? result.lastSequence : undefined));

  it('numbers on without gaps past refused units of the group', () => {
    const refusal = unitOf(put({ id: 'b' }), put({ id: 'a' }));
    const results = commitAll(unitOf(put({ id: 'a' })), refusal, unitOf(put({ id: 'b' })));
    expect(sequences(results)).to.deep.equal([1, undefined, 2]);
    expect(results[1]).to.deep.include({ ok: false });
  });

  it('lets a unit that can’t be carried out fail alone', () => {
    const faulty = unitOf(put({ id: 'x', type: 'Slot' }), { ...put({ id: 'y' }), hash: 'no hexadecimal' });
    const results = commitAll(unitOf(put({ id: 'a' })), faulty, unitOf(put({ id: 'b', type: 'Slot' })));
    expect(sequences(results)).to.deep.equal([1, undefined, 2]);
    expect(results[1]).to.have.nested.property('error.category', 'fault');
    expect(sequences(commitAll(unitOf(put({ id: 'x', type: 'Slot' }))))).to.deep.equal([3]);
  });

  it('fails as busy when the disk is full, with nothing half written, and goes on when there is room again', () => {
    const path = join(folder, 'small.db');
    const small = openGroupWriter(path, 'node-a', { mostPages: 120 });
    const large = unitOf(
      ...Array.from({ length: 20 }, (_, place) => put({ id: `l${String(place)}`, text: 'x'.repeat(60_000) })),
    );
    const [first] = small.commit([encodeUnit(unitOf(put({ id: 'a' })), 1)]);
    expect(first).to.deep.include({ ok: true, lastSequence: 1 });
    for (const result of small.commit([encodeUnit(large, 1), encodeUnit(unitOf(put({ id: 'b' })), 1)])) {
      expect(result).to.have.nested.property('error.category', 'busy');
    }
    const [after] = small.commit([encodeUnit(unitOf(put({ id: 'b', entries: [token('code', 'x')] })), 1)]);
    expect(after).to.deep.include({ ok: true, lastSequence: 2 });
    small.close();
    const database = openDatabase(path, { ...options, readOnly: true });
    expect(prepareQuery<[number]>(database, 'SELECT count(*) FROM resource').get()).to.deep.equal([2]);
    expect(prepareQuery<[string]>(database, 'PRAGMA integrity_check').get()).to.deep.equal(['ok']);
    closeDatabase(database);
  });
});

describe('sqlite writer thread', () => {
  it('fails what waits and what follows as busy when it ends by itself, and says so', async () => {
    const workers: Worker[] = [];
    const remember = (worker: Worker): number => workers.push(worker);
    process.on('worker', remember);
    const failures: Error[] = [];
    const store = openSqliteStore({
      directory: join(folder, 'data'),
      readers: 1,
      clock: { now: () => 1 },
      nodeId: 'node-a',
      logger: createLogger({ level: 'silent', node: 'node-a' }),
      onFailure: (error) => failures.push(error),
    });
    await store.open();
    process.off('worker', remember);
    const [writer] = workers;
    if (!writer) return expect.fail('no writer thread');
    const exit = once(writer, 'exit');
    const waiting = store.commit(unitOf(put({ id: 'a' }))).catch((error: unknown) => error);
    void writer.terminate();
    await exit;
    expect(await waiting).to.satisfy((result: object) => 'ok' in result || 'category' in result);
    const error: unknown = await store.commit(unitOf(put({ id: 'b' }))).catch((reason: unknown) => reason);
    expect(error).to.include({ category: 'busy' });
    expect(failures).to.have.length(1);
    expect(await store.read([keyOf('b')])).to.deep.equal([undefined]);
    await store.close();
  });
});
