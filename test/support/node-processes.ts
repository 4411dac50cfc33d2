import { mkdtempSync, rmSync } from 'node:fs';
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
  readonly accesses: readonly NodeAccess[];
  /** Province and county, with embedded stores. */
  readonly others: readonly NodeAccess[];
  close(): Promise<void>;
}

const shared = { logLevel: 'warn' } as const;
const clients = [{ id: 'hospital', source: 'hospital' }];

const plansWith = (storeUrl: string): NodePlan[] => [
  { ...shared, id: 'province', name: 'province', tier: 'province', clients: [] },
  { ...shared, id: 'city', name: 'city', tier: 'city', parent: 'province', clients, storeUrl },
  { ...shared, id: 'county', name: 'county', tier: 'county', parent: 'city', clients },
];

export async function startProcessRegion(server: string, count: number): Promise<ProcessRegion> {
  const folder = mkdtempSync(join(tmpdir(), 'rhie-processes-'));
  const storeUrl = newDatabase(server);
  await onDatabase(storeUrl, prepareStore);
  const [province, city, county] = await planNetwork(folder, plansWith(storeUrl));
  if (!province || !city || !county) throw new Error('three nodes were planned');
  const ports = await freePorts(count);
  const processes = ports.map((port) => createNodeProcess(city, { port }));
  const rest = [createNodeProcess(province), createNodeProcess(county)];
  const balancer: Balancer = await startBalancer(Number(new URL(city.origin).port), ports);
  await Promise.all([...processes, ...rest].map((process) => process.start()));
  const accesses = processes.map(({ origin }) => openNode({ ...city, origin }));
  return {
    city: { ...openNode(city), streams: () => streamsOf(accesses) },
    processes,
    accesses,
    others: [openNode(province), openNode(county)],
    async close() {
      await Promise.all([...processes, ...rest].map((process) => process.stop()));
      await balancer.close();
      await onDatabase(storeUrl, (connection) => connection.dropDatabase());
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
