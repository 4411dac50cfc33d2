import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect, prepareStore } from '../../src/adapters/mongo/index.js';
import { openNode, type NodeAccess } from '../../scripts/network/node-access.js';
import { freePorts, planNetwork, type NodePlan } from '../../scripts/network/network-plan.js';
import { createNodeProcess, type NodeProcess } from '../../scripts/network/node-process.js';
import { startBalancer, type Balancer } from './balancer.js';
import { newDatabase } from './mongo-server.js';

/** A region in which the city runs as several processes on one MongoDB store, behind a load balancer. */
export interface ProcessRegion {
  readonly city: NodeAccess;
  /** The city’s processes, each by its own address. */
  readonly processes: readonly NodeProcess[];
  /** Place of the process that was the last to take a lease; -1 while none has. */
  holderOf(lease: string): number;
  readonly accesses: readonly NodeAccess[];
  /** Province and county, with embedded stores; none where the city stands alone. */
  readonly others: readonly NodeAccess[];
  close(): Promise<void>;
}

const shared = { logLevel: 'warn' } as const;
const clients = [{ id: 'hospital', source: 'hospital' }];

// The city tells on its log which process takes a lease.
const cityOn = (storeUrl: string) => ({ id: 'city', name: 'city', tier: 'city', clients, storeUrl }) as const;

const plansWith = (storeUrl: string): NodePlan[] => [
  { ...cityOn(storeUrl), parent: 'province' },
  { ...shared, id: 'province', name: 'province', tier: 'province', clients: [] },
  { ...shared, id: 'county', name: 'county', tier: 'county', parent: 'city', clients },
];

export interface ProcessRegionOptions {
  /** Processes of the city. */
  readonly count: number;
  /** Without province and county. */
  readonly alone?: true;
}

export async function startProcessRegion(
  server: string,
  { count, alone }: ProcessRegionOptions,
): Promise<ProcessRegion> {
  const folder = mkdtempSync(join(tmpdir(), 'rhie-processes-'));
  const storeUrl = newDatabase(server);
  await onDatabase(storeUrl, prepareStore);
  const [city, ...others] = await planNetwork(folder, alone ? [cityOn(storeUrl)] : plansWith(storeUrl));
  if (!city) throw new Error('a city was planned');
  const ports = await freePorts(count);
  const processes = ports.map((port) => createNodeProcess(city, { port }));
  const rest = others.map((other) => createNodeProcess(other));
  const balancer: Balancer = await startBalancer(Number(new URL(city.origin).port), ports);
  await Promise.all([...processes, ...rest].map((process) => process.start()));
  const accesses = processes.map(({ origin }) => openNode({ ...city, origin }));
  return {
    city: { ...openNode(city), streams: () => streamsOf(accesses) },
    processes,
    accesses,
    others: others.map(openNode),
    holderOf: (lease) =>
      lastToTake(
        lease,
        ports.map((port) => `${city.logFile}.${String(port)}`),
      ),
    async close() {
      await Promise.all([...processes, ...rest].map((process) => process.stop()));
      await balancer.close();
      await onDatabase(storeUrl, (connection) => connection.dropDatabase());
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Place of the log that is the last to tell that its process has taken the lease. */
function lastToTake(lease: string, logFiles: readonly string[]): number {
  const taken = logFiles.flatMap((file, place) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line.includes(`"lease":"${lease}"`) && line.includes('this process runs the jobs'))
      .map((line) => ({ place, time: (JSON.parse(line) as { time: string }).time })),
  );
  return taken.sort((one, other) => (one.time < other.time ? -1 : 1)).at(-1)?.place ?? -1;
}

/** As the process that runs the streams tells them; while none does, as any tells them. */
async function streamsOf(
  accesses: readonly NodeAccess[],
): Promise<Awaited<ReturnType<NodeAccess['streams']>>> {
  const told = await Promise.allSettled(accesses.map((access) => access.streams()));
  const answered = told.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const found = answered.find((streams) => streams.some(({ state }) => state !== 'elsewhere')) ?? answered[0];
  if (!found) throw new Error('no process of the city answers');
  return found;
}

async function onDatabase(
  url: string,
  work: (connection: Awaited<ReturnType<typeof connect>>) => Promise<unknown>,
): Promise<void> {
  const connection = await connect(url);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}
