import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { dataFolder } from '../../network/network-plan.js';
import type { BenchNode } from '../bench-node.js';
import { fire, type Shot } from '../fire.js';
import { getJson, startPeople } from '../network.js';
import { copyPeople, peopleBodies } from '../people/kept-people.js';
import { peakMemoryMb, processorSeconds } from '../process-figures.js';
import type { Measure } from '../report.js';
import type { BenchRun } from './bench-run.js';

const sizes = { few: 10_000, many: 100_000 } as const;
const mostMemoryMb = 700;
const mostIndexingSeconds = 180;
const leastPerSecond = 100;
const mostGrowth = 1.5;
const mostMatchMs = 20;
/** People who come to be registered; 30 % of them with two records. */
const arriving = 1_500;
const connections = 8;
const background = { perSecond: 20, seconds: 15 };
const pollMs = 20;

interface Registered {
  readonly records: number;
  /** From the first request until the last record is of its person. */
  readonly perSecond: number;
  /** Processor time of the node, all its threads. */
  readonly cpuMs: number;
}

/** The master patient index: first indexing, registering until linked, and $match while others register. */
export async function measurePeople(run: BenchRun): Promise<Measure[]> {
  const few = await withPeople(run, sizes.few, (node) => register(node, 'arriving-few'));
  const many = await withPeople(run, sizes.many, async (node, indexing) => {
    const memoryMb = peakMemoryMb(node);
    const registered = await register(node, 'arriving-many');
    return { indexing, memoryMb, registered, matchMs: await matchWhileRegistering(node) };
  });
  const growth = many.registered.cpuMs / few.cpuMs;
  run.say(`registering: ${many.registered.perSecond.toFixed(0)}/s, $match p95 ${many.matchMs.toFixed(1)} ms`);
  return [
    {
      name: 'first indexing of 100,000 Patients',
      value: (many.indexing.seconds / many.indexing.records) * 100_000,
      unit: 's',
      most: mostIndexingSeconds,
      note: `${many.indexing.records.toLocaleString('en')} in ${many.indexing.seconds.toFixed(0)} s`,
    },
    ...(many.memoryMb === undefined
      ? []
      : [
          {
            name: 'resident memory, highest during it',
            value: many.memoryMb,
            unit: 'MB' as const,
            most: mostMemoryMb,
          },
        ]),
    {
      name: `registering by HTTP until linked, ${sizes.many.toLocaleString('en')} people there`,
      value: many.registered.perSecond,
      unit: '/s',
      least: leastPerSecond,
    },
    {
      name: `processor time a registration, ${sizes.many.toLocaleString('en')} people there`,
      value: many.registered.cpuMs,
      unit: 'ms',
      against: { name: `with ${sizes.few.toLocaleString('en')} people`, value: few.cpuMs },
      ratio: growth,
      most: mostGrowth,
    },
    {
      name: `$match while ${String(background.perSecond)} registrations/s arrive, p95`,
      value: many.matchMs,
      unit: 'ms',
      most: mostMatchMs,
    },
  ];
}

interface Indexing {
  readonly records: number;
  readonly seconds: number;
}

/** Starts a node on a copy of the kept people, lets it index them, and works with it. */
async function withPeople<T>(
  { folder, say }: BenchRun,
  size: number,
  work: (node: BenchNode, indexing: Indexing) => Promise<T>,
): Promise<T> {
  const home = join(folder, `people-${String(size)}`);
  await copyPeople(size, { target: join(home, 'county', dataFolder), say });
  const started = performance.now();
  const node = await startPeople(home, 'self');
  try {
    await untilRegistered(node);
    const seconds = (performance.now() - started) / 1000;
    const records = await countRecords(node);
    say(`indexed ${records.toLocaleString('en')} Patients in ${seconds.toFixed(1)} s`);
    return await work(node, { records, seconds });
  } finally {
    await node.stop();
    rmSync(home, { recursive: true });
  }
}

/** The figures are a little older than the index: those that are complete count. */
async function countRecords({ origin, headers }: BenchNode): Promise<number> {
  for (;;) {
    const url = `${origin}/api/population`;
    const { records, complete } = await getJson<{ records: number; complete: boolean }>(url, headers);
    if (complete) return records;
    await pause(pollMs);
  }
}

async function register(node: BenchNode, seed: string): Promise<Registered> {
  const bodies = peopleBodies(seed, arriving);
  const [started, cpu] = [performance.now(), processorSeconds(node)];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) await create(node, body);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  await untilRegistered(node);
  const seconds = (performance.now() - started) / 1000;
  return {
    records: bodies.length,
    perSecond: bodies.length / seconds,
    cpuMs: ((processorSeconds(node) - cpu) * 1000) / bodies.length,
  };
}

async function create({ base, headers }: BenchNode, body: string): Promise<void> {
  const answer = await fetch(`${base}/Patient`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/fhir+json', prefer: 'return=minimal' },
    body,
  });
  await answer.arrayBuffer();
  if (answer.status !== 201) throw new Error(`a Patient was answered ${String(answer.status)}`);
}

/** p95 of $match in turn on one connection, in ms. */
async function matchWhileRegistering(node: BenchNode): Promise<number> {
  const { perSecond, seconds } = background;
  const arrivals = peopleBodies('arriving-slowly', perSecond * seconds);
  const shots = peopleBodies('asked', 200).map((body): Shot => {
    const text = `{"resourceType":"Parameters","parameter":[{"name":"resource","resource":${body}}]}`;
    return {
      method: 'POST',
      path: '/fhir/Patient/$match',
      headers: { ...node.headers, 'content-type': 'application/fhir+json' },
      body: text,
    };
  });
  let running = true;
  const arrive = async (): Promise<void> => {
    for (const body of arrivals) {
      if (!running) return;
      await Promise.all([create(node, body), pause(1000 / perSecond)]);
    }
  };
  const arrivingNow = arrive();
  const { p95Ms, failed } = await fire(node.origin, shots, { connections: 1, seconds: seconds - 3 });
  running = false;
  await arrivingNow;
  if (failed > 0) throw new Error(`${String(failed)} of $match were not answered with 2xx`);
  return p95Ms;
}

/** Resolves when every Patient that the node holds is of a person, or known to be of none. */
async function untilRegistered({ origin }: BenchNode): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${origin}/metrics`)).text();
    const lag = /^rhie_mpi_waiting(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1];
    if (lag === undefined) throw new Error('the node does not say how far its person index is');
    if (lag === '0') return;
    await pause(pollMs);
  }
}
