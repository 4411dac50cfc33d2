import { join } from 'node:path';

import { startAlone } from '../network.js';
import { atMost, type Measure } from '../report.js';
import { median } from '../side-by-side.js';
import type { BenchRun } from './bench-run.js';

/** From the start of the process to its first answer, with an empty store. */
export async function measureStart({ rounds, folder, store, say }: BenchRun): Promise<Measure[]> {
  const times: number[] = [];
  for (let round = 1; round <= Math.max(rounds, 3); round++) {
    const node = await startAlone(store, join(folder, `start-${round}`));
    times.push(node.startMs / 1000);
    say(`start ${round}: ${Math.round(node.startMs)} ms`);
    await node.discard();
  }
  return [{ name: 'start to ready', value: median(times), unit: 's', ...atMost(store.wanted.startSeconds) }];
}
