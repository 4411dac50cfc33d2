import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startAlone } from '../network.js';
import { databaseBytes, eventLoopP99Ms, peakMemoryMb } from '../process-figures.js';
import type { RawInsert } from '../raw-insert.js';
import type { Measure } from '../report.js';
import { median } from '../side-by-side.js';
import { loadAll, type BenchRun } from './bench-run.js';

const program = fileURLToPath(new URL('../raw-insert.js', import.meta.url));
const leastOfRaw = 0.45;
const aimedLoopMs = 50;
const mostMemoryMb = 700;

interface Round {
  readonly perSecond: number;
  readonly rawPerSecond: number;
  readonly loopMs: number;
  readonly memoryMb: number | undefined;
  readonly indexRows: number;
  readonly bytes: number;
}

/** Transaction Bundles over HTTP against raw inserts of the very rows that the node made of them. */
export async function measureLoad(run: BenchRun): Promise<Measure[]> {
  const rounds: Round[] = [];
  for (let round = 1; round <= run.rounds; round++) {
    const result = await oneRound(run, round);
    run.say(
      `load ${round}: ${Math.round(result.perSecond)}/s, raw inserts ${Math.round(result.rawPerSecond)}/s`,
    );
    rounds.push(result);
  }
  return describe(rounds);
}

async function oneRound({ folder, input }: BenchRun, round: number): Promise<Round> {
  const home = join(folder, `load-${round}`);
  const node = await startAlone(home);
  await eventLoopP99Ms(node);
  const perSecond = await loadAll(node, input);
  const loopMs = await eventLoopP99Ms(node);
  const memoryMb = peakMemoryMb(node);
  await node.stop();
  const raw = await insertRaw(node.data, join(home, 'raw'));
  const bytes = databaseBytes(node) / raw.resources;
  rmSync(home, { recursive: true });
  return {
    perSecond,
    rawPerSecond: raw.resources / raw.seconds,
    loopMs,
    memoryMb,
    indexRows: raw.indexRows / raw.resources,
    bytes,
  };
}

async function insertRaw(data: string, target: string): Promise<RawInsert> {
  mkdirSync(target, { recursive: true });
  const { stdout } = await promisify(execFile)(process.execPath, [program, data, target]);
  return JSON.parse(stdout) as RawInsert;
}

function describe(rounds: readonly Round[]): Measure[] {
  const of = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const memory = rounds.flatMap(({ memoryMb }) => memoryMb ?? []);
  return [
    {
      name: 'load of transaction Bundles, records',
      value: of(({ perSecond }) => perSecond),
      unit: '/s',
      against: { name: 'raw inserts', value: of(({ rawPerSecond }) => rawPerSecond) },
      ratio: of(({ perSecond, rawPerSecond }) => perSecond / rawPerSecond),
      least: leastOfRaw,
    },
    {
      name: 'event-loop delay p99 during the load',
      value: of(({ loopMs }) => loopMs),
      unit: 'ms',
      note: `aim ${aimedLoopMs} ms`,
    },
    { name: 'index rows a resource', value: of(({ indexRows }) => indexRows), unit: 'rows' },
    { name: 'bytes on disk a resource', value: of(({ bytes }) => bytes), unit: 'bytes' },
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
