// A process of its own that fires what timers of the store named by its first argument are due, until SIGTERM.
import { setTimeout as pause } from 'node:timers/promises';

import { openMongoStore } from '../../src/adapters/mongo/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import { put } from '../contract/store-units.js';

const logger = createLogger({ level: 'silent', node: 'node-a' });
const store = openMongoStore({ url: process.argv[2] ?? '', clock: systemClock, nodeId: 'node-a', logger });

/** The effect of firing is a version more of the timer's resource. */
async function fireDue(): Promise<void> {
  const now = new Date().toISOString();
  for (const { id, key, dueAt } of await store.dueTimers({ now, limit: 5 })) {
    const [held] = await store.read([key]);
    const versionId = (held?.versionId ?? 0) + 1;
    await store.commit({
      changes: [{ kind: 'clear-timer', id, dueAt }, put({ type: key.type, id: key.id, versionId })],
      guards: [],
    });
  }
}

await store.open();
process.send?.('ready');
let wanted = true;
process.on('SIGTERM', () => (wanted = false));
while (wanted) {
  await fireDue();
  await pause(5);
}
await store.close();
process.disconnect();
