/*
 * Opens a store and writes units of two records each, one after the other and several at a time, until it is killed.
 * Prints `open`, then the number of each unit that was taken. Arguments: data directory, first number.
 */
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { put, token, unitOf } from '../contract/store-units.js';

const [directory = '', first = '0'] = process.argv.slice(2);
const logger = createLogger({ level: 'silent', node: 'node-a' });
const store = openSqliteStore({
  directory,
  readers: 1,
  clock: { now: () => Date.now() },
  nodeId: 'node-a',
  logger,
});
await store.open();
process.stdout.write('open\n');
let number = Number(first);
await Promise.all(Array.from({ length: 8 }, writeOn));

async function writeOn(): Promise<void> {
  for (;;) {
    number += 1;
    const unit = String(number);
    const entries = [token('unit', unit)];
    const result = await store.commit(
      unitOf(put({ id: `${unit}-a`, entries }), put({ id: `${unit}-b`, entries })),
    );
    if (result.ok) process.stdout.write(`${unit}\n`);
  }
}
