import { fire } from '../fire.js';
import { peakMemoryMb } from '../process-figures.js';
import { atLeast, type Measure } from '../report.js';
import { answerTo, createShots, readSamples, readShots, searchShots } from '../samples.js';
import { sideBySide } from '../side-by-side.js';
import type { Sent } from '../stores/bench-store.js';
import { bareSend, type Yardstick } from '../yardstick.js';
import { connections, type BenchRun } from './bench-run.js';

const mostMemoryMb = 700;

/** Reads with a bearer token against the store's yardstick of the same records. */
export async function measureReads(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const sent = { node, shots: readShots(node, await readSamples(node)), folder: run.folder };
  const bare = await run.store.bareReads(sent);
  return [await compare(run, { ...sent, bare, name: 'read', least: run.store.wanted.read })];
}

/** Token searches, a page of 20, against a bare `res.send` of the same bytes. */
export async function measureSearches(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const shots = await searchShots(node, await readSamples(node));
  const bodies = await Promise.all(shots.map((shot) => answerTo(node, shot)));
  const bare = await bareSend(run.folder, { shots, bodies });
  const { folder, store } = run;
  return [
    await compare(run, {
      node,
      shots,
      folder,
      bare,
      name: 'token search, page of 20',
      least: store.wanted.search,
    }),
  ];
}

interface Compared extends Sent {
  readonly name: string;
  readonly bare: Yardstick;
  readonly least: number | undefined;
  readonly note?: string;
}

/** Both sides in turn; the yardstick is stopped. */
async function compare(run: BenchRun, compared: Compared): Promise<Measure> {
  const { node, shots, bare, name, least, note } = compared;
  const { ours, other, ratio } = await sideBySide({
    ...run,
    ours: (seconds) => fire(node.origin, shots, { connections, seconds }),
    other: (seconds) => bare.turn({ connections, seconds }),
  });
  await bare.stop();
  run.say(`${name}: ${Math.round(ours.perSecond)}/s, ${bare.name} ${Math.round(other.perSecond)}/s`);
  return {
    name,
    value: ours.perSecond,
    unit: '/s',
    against: { name: bare.name, value: other.perSecond },
    ratio,
    ...atLeast(least),
    note: `p95 ${ours.p95Ms.toFixed(1)} ms${note ?? ''}`,
  };
}

/** Single creates by 32 connections against the store's yardstick. */
export async function measureCreates(run: BenchRun): Promise<Measure[]> {
  const node = await run.loaded();
  const { create: least, aimedCreate } = run.store.wanted;
  const sent = { node, shots: createShots(node, await readSamples(node)), folder: run.folder };
  const bare = await run.store.bareCreates(sent);
  const note = aimedCreate === undefined ? '' : `, aim ${aimedCreate * 100} %`;
  const creates = await compare(run, { ...sent, bare, name: 'single creates', least, note });
  const memory = peakMemoryMb(node);
  return [
    creates,
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
