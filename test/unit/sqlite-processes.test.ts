import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { FhirError } from '../../src/fhir/fhir-error.js';
import type { Store } from '../../src/ports/store.js';
import { hasToken, keyOf, query } from '../contract/store-units.js';

const logger = createLogger({ level: 'silent', node: 'node-a' });
const holder = fileURLToPath(new URL(`../support/hold-store${extname(import.meta.url)}`, import.meta.url));

describe('sqlite store and processes', function () {
  this.timeout(120_000);
  let directory: string;
  const children: ChildProcess[] = [];
  const stores: Store[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rhie-process-'));
  });

  afterEach(async () => {
    for (const child of children.splice(0)) await kill(child);
    for (const store of stores.splice(0)) await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  function storeHere(): Store {
    const clock = { now: () => Date.now() };
    const store = openSqliteStore({ directory, readers: 1, clock, nodeId: 'node-a', logger });
    stores.push(store);
    return store;
  }

  /** A process that writes; `written` takes the numbers of the units that it was told were taken. */
  async function startHolder(first: number, written: number[], enough: number): Promise<ChildProcess> {
    const child = spawn(process.execPath, [...process.execArgv, holder, directory, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const lines = createInterface({ input: child.stdout });
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('the holder ended')));
      lines.on('line', (line) => {
        if (line !== 'open') written.push(Number(line));
        if (written.length >= enough) resolve();
      });
    });
    return child;
  }

  it('refuses a second process and names the one that holds the data', async () => {
    const child = await startHolder(0, [], 1);
    const error: unknown = await storeHere()
      .open()
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FhirError);
    expect(error).to.include({ category: 'busy' });
    expect((error as Error).message).to.equal(`The data directory is in use by process ${String(child.pid)}`);
  });

  it('refuses a second store of the same process', async () => {
    const store = storeHere();
    await store.open();
    const error: unknown = await storeHere()
      .open()
      .catch((reason: unknown) => reason);
    expect(error).to.include({ category: 'busy' });
    await store.close();
    const again = storeHere();
    await again.open();
    await again.close();
  });

  it('keeps every unit that was acknowledged, whole, through kills at any moment', async () => {
    const written: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      const child = await startHolder(round * 100_000, written, written.length + 1 + round * 7);
      await kill(child);
    }
    const store = storeHere();
    await store.open();
    for (const unit of written) {
      const ids = [`${String(unit)}-a`, `${String(unit)}-b`];
      const read = await store.read(ids.map((id) => keyOf(id)));
      expect(read.map((version) => version?.key.id)).to.deep.equal(ids);
      const { matches } = await store.search(query(hasToken('unit', String(unit))));
      expect(matches.map(({ key }) => key.id)).to.deep.equal(ids);
    }
    const { lastSequence } = await store.status();
    const log = await store.readLog({ lane: 'clinical', after: 0, limit: 1_000_000, maxBytes: 1e9 });
    expect(log.entries.map(({ position }) => position.sequence)).to.deep.equal(
      Array.from({ length: lastSequence }, (_, place) => place + 1),
    );
    const halves = log.entries.map(({ key }) => key.id.split('-'));
    expect(halves.filter(([, half]) => half === 'a').map(([unit]) => unit)).to.deep.equal(
      halves.filter(([, half]) => half === 'b').map(([unit]) => unit),
    );
    await store.close();
  });
});

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}
