import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { StreamStatus } from '../../../src/domain/exchange/index.js';
import type { CountRow } from '../../../src/ports/store.js';
import { recordsOf, sum } from '../input.js';
import { getJson, startChain, type BenchNode, type Chain } from '../network.js';
import { postBundles } from '../post-bundles.js';
import type { Measure } from '../report.js';
import { median } from '../side-by-side.js';
import type { BenchRun } from './bench-run.js';

const leastOfLoad = 0.3;
const pollMs = 100;
const patienceMs = 600_000;

/** County → city → province: from the first Bundle sent until the province has acknowledged every record. */
export async function measureChain(run: BenchRun, loadPerSecond: number | undefined): Promise<Measure[]> {
  const rates: number[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    rates.push(await oneRound(run, round));
    run.say(`chain ${round}: ${Math.round(rates.at(-1) ?? 0)}/s acknowledged at the province`);
  }
  const value = median(rates);
  const measure = { name: 'county → city → province, records acknowledged', value, unit: '/s' as const };
  if (loadPerSecond === undefined) return [{ ...measure, note: 'no ratio without the part load' }];
  const against = { name: 'load of one node', value: loadPerSecond };
  return [{ ...measure, against, ratio: value / loadPerSecond, least: leastOfLoad }];
}

async function oneRound({ folder, input }: BenchRun, round: number): Promise<number> {
  const home = join(folder, `chain-${round}`);
  const chain = await startChain(home);
  try {
    await postBundles(chain.city, input.directory, 1);
    await untilCaughtUp(chain);
    const started = performance.now();
    await postBundles(chain.county, input.transactions, input.parallel);
    await untilCaughtUp(chain);
    const seconds = (performance.now() - started) / 1000;
    await requireAll(chain, recordsOf(input.directory) + recordsOf(input.transactions));
    return recordsOf(input.transactions) / seconds;
  } finally {
    await chain.stop();
    rmSync(home, { recursive: true });
  }
}

/** Asked from below: when the county has nothing waiting, the city's log is complete. */
async function untilCaughtUp({ county, city }: Chain): Promise<void> {
  const ends = Date.now() + patienceMs;
  for (;;) {
    if ((await isCaughtUp(city)) && (await isCaughtUp(county)) && (await isCaughtUp(city))) return;
    if (Date.now() > ends) throw new Error('the province did not get everything');
    await pause(pollMs);
  }
}

async function isCaughtUp({ origin, headers }: BenchNode): Promise<boolean> {
  const { streams } = await getJson<{ streams: StreamStatus[] }>(`${origin}/api/exchange/streams`, headers);
  return streams.length > 0 && streams.every(({ caughtUp }) => caughtUp);
}

async function requireAll({ province }: Chain, records: number): Promise<void> {
  const { origin, headers } = province;
  const url = `${origin}/api/volumes?series=replicated`;
  const { volumes } = await getJson<{ volumes: CountRow[] }>(url, headers);
  const held = sum(volumes.map(({ n }) => n));
  if (held !== records) throw new Error(`the province holds ${held} of ${records} records`);
}
