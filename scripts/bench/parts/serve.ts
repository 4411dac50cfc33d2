import { fire, type Shot } from '../fire.js';
import { startBare } from '../bare-process.js';
import type { BenchNode } from '../network.js';
import { peakMemoryMb } from '../process-figures.js';
import type { Measure } from '../report.js';
import { answerTo, createShots, readSamples, readShots, searchShots } from '../samples.js';
import { sideBySide, type SideBySide } from '../side-by-side.js';
import { connections, type BenchRun } from './bench-run.js';

const leastRead = 0.65;
const leastSearch = 0.5;
const leastCreate = 0.2;
const aimedCreate = 0.3;
const mostMemoryMb = 700;

/** Reads with a bearer token against a bare `res.send` of the same bytes. */
export async function measureReads(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const shots = readShots(node, await readSamples(node));
  return [await againstSend(run, { node, shots, name: 'read', least: leastRead })];
}

/** Token searches, a page of 20, against a bare `res.send` of the same bytes. */
export async function measureSearches(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const shots = await searchShots(node, await readSamples(node));
  return [await againstSend(run, { node, shots, name: 'token search, page of 20', least: leastSearch })];
}

interface Sent {
  readonly node: BenchNode;
  readonly shots: readonly Shot[];
  readonly name: string;
  readonly least: number;
}

async function againstSend(run: BenchRun, { node, shots, name, least }: Sent): Promise<Measure> {
  const bodies = await Promise.all(shots.map((shot) => answerTo(node, shot)));
  const bare = { shots: shots.map((shot, place) => ({ ...shot, path: `/read/${place}` })), bodies };
  const { ours, other, ratio } = await againstBare(run, { node, shots, name, bare });
  return {
    name,
    value: ours.perSecond,
    unit: '/s',
    against: { name: 'bare res.send', value: other.perSecond },
    ratio,
    least,
    note: `p95 ${ours.p95Ms.toFixed(1)} ms`,
  };
}

async function againstBare(
  run: BenchRun,
  sides: Omit<Sent, 'least'> & {
    readonly bare: { readonly shots: readonly Shot[]; readonly bodies: readonly string[] };
  },
): Promise<SideBySide> {
  const bare = await startBare(run.folder, sides.bare.bodies);
  const result = await sideBySide({
    ...run,
    ours: (seconds) => fire(sides.node.origin, sides.shots, { connections, seconds }),
    other: (seconds) => fire(bare.origin, sides.bare.shots, { connections, seconds }),
  });
  await bare.stop();
  const { ours, other } = result;
  run.say(`${sides.name}: ${Math.round(ours.perSecond)}/s, bare ${Math.round(other.perSecond)}/s`);
  return result;
}

/** Single creates by 32 connections against a bare route that parses the same body. */
export async function measureCreates(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const shots = createShots(node, await readSamples(node));
  const bare = { shots: shots.map((shot) => ({ ...shot, path: '/create' })), bodies: [] };
  const { ours, other, ratio } = await againstBare(run, { node, shots, name: 'create', bare });
  const memory = peakMemoryMb(node);
  return [
    {
      name: 'single creates',
      value: ours.perSecond,
      unit: '/s',
      against: { name: 'bare parse and 201', value: other.perSecond },
      ratio,
      least: leastCreate,
      note: `p95 ${ours.p95Ms.toFixed(1)} ms, aim ${aimedCreate * 100} %`,
    },
    ...(memory === undefined
      ? []
      : [
          {
            name: 'resident memory, highest after load and creates',
            value: memory,
            unit: 'MB' as const,
            most: mostMemoryMb,
          },
        ]),
  ];
}
