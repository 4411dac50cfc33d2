import { join } from 'node:path';

import { startAlone } from '../network.js';
import { eventLoopP99Ms, peakMemoryMb } from '../process-figures.js';
import { atLeast, type Measure } from '../report.js';
import { median } from '../side-by-side.js';
import type { RawInsert } from '../stores/bench-store.js';
import { loadAll, type BenchRun } from './bench-run.js';

const aimedLoopMs = 50;
const mostMemoryMb = 700;

interface Round {
  readonly perSecond: number;
  readonly raw: RawInsert;
  readonly loopMs: number;
  readonly memoryMb: number | undefined;
}

/** Transaction Bundles over HTTP against raw inserts of the very rows or documents that the node made of them. */
export async function measureLoad(run: BenchRun): Promise<Measure[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const result = await oneRound(run, join(run.folder, `load-${round}`));
    const { perSecond, raw } = result;
    run.say(`load ${round}: ${Math.round(perSecond)}/s, ${raw.name} ${Math.round(rawPerSecond(raw))}/s`);
    rounds.push(result);
  }
  return describe(rounds, run.store.wanted.load);
}

async function oneRound({ store, input }: BenchRun, home: string): Promise<Round> {
  const node = await startAlone(store, home);
  await eventLoopP99Ms(node);
  const perSecond = await loadAll(node, input);
  const loopMs = await eventLoopP99Ms(node);
  const memoryMb = peakMemoryMb(node);
  await node.stop();
  const raw = await store.insertRaw(node, join(home, 'raw'));
  await node.discard();
  return { perSecond, raw, loopMs, memoryMb };
}

const rawPerSecond = ({ resources, seconds }: RawInsert): number => resources / seconds;

function describe(rounds: readonly Round[], least: number | undefined): Measure[] {
  const of = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const memory = rounds.flatMap(({ memoryMb }) => memoryMb ?? []);
  const indexRows = rounds.flatMap(({ raw }) =>
    raw.indexRows === undefined ? [] : raw.indexRows / raw.resources,
  );
  return [
    {
      name: 'load of transaction Bundles, records',
      value: of(({ perSecond }) => perSecond),
      unit: '/s',
      against: { name: rounds[0]?.raw.name ?? '', value: of(({ raw }) => rawPerSecond(raw)) },
      ratio: of(({ perSecond, raw }) => perSecond / rawPerSecond(raw)),
      ...atLeast(least),
    },
    {
      name: 'event-loop delay p99 during the load',
      value: of(({ loopMs }) => loopMs),
      unit: 'ms',
      note: `aim ${aimedLoopMs} ms`,
    },
    ...(indexRows.length === 0
      ? []
      : [{ name: 'index rows a resource', value: median(indexRows), unit: 'rows' as const }]),
    {
      name: 'bytes a resource in the store',
      value: of(({ raw }) => raw.bytes / raw.resources),
      unit: 'bytes',
    },
    ...(memory.length === 0
      ? []
      : [
          {
            name: 'resident memory, highest during the load',
            value: Math.max(...memory),
            unit: 'MB' as const,
            most: mostMemoryMb,
          },
        ]),
  ];
}
