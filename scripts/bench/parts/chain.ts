import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import type { StreamStatus } from '../../../src/domain/exchange/index.js';
import type { CountRow } from '../../../src/ports/store.js';
import { recordsOf, sum } from '../input.js';
import type { BenchNode } from '../bench-node.js';
import { getJson, startChain, type Chain } from '../network.js';
import { postBundles } from '../post-bundles.js';
import type { Measure } from '../report.js';
import { median } from '../side-by-side.js';
import { loadAlone, type BenchRun } from './bench-run.js';

const leastOfLoad = 0.3;
const pollMs = 100;
const patienceMs = 600_000;

interface Round {
  readonly alone: number;
  readonly chain: number;
}

/**
 * County → city → province: from the first Bundle sent until the province has acknowledged every record, against the
 * load of a node without peers just before it.
 */
export async function measureChain(run: BenchRun): Promise<Measure[]> {
  const rounds: Round[] = [];
  for (let number = 1; number <= run.rounds; number++) {
    const round = {
      alone: await loadAlone(run),
      chain: await loadChain(run, join(run.folder, `chain-${number}`)),
    };
    rounds.push(round);
    run.say(
      `chain ${number}: ${Math.round(round.chain)}/s acknowledged at the province, one node ${Math.round(round.alone)}/s`,
    );
  }
  return [
    {
      name: 'county → city → province, records acknowledged',
      value: median(rounds.map(({ chain }) => chain)),
      unit: '/s',
      against: { name: 'load of one node', value: median(rounds.map(({ alone }) => alone)) },
      ratio: median(rounds.map(({ alone, chain }) => chain / alone)),
      least: leastOfLoad,
    },
  ];
}

async function loadChain({ input, store }: BenchRun, home: string): Promise<number> {
  const chain = await startChain(store, home);
  await postBundles(chain.city, input.directory, 1);
  await untilCaughtUp(chain);
  const started = performance.now();
  await postBundles(chain.county, input.transactions, input.parallel);
  await untilCaughtUp(chain);
  const seconds = (performance.now() - started) / 1000;
  await requireAll(chain, recordsOf(input.directory) + recordsOf(input.transactions));
  await chain.discard();
  return recordsOf(input.transactions) / seconds;
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
  // What the city makes of them itself goes up too.
  const sent = volumes.filter(({ type }) => type !== 'Person');
  const held = sum(sent.map(({ n }) => n));
  if (held !== records) throw new Error(`the province holds ${held} of ${records} records`);
}
