import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { dataFolder, planNetwork, type NodePlan, type PlannedNode } from '../network/network-plan.js';
import { openNode } from '../network/node-access.js';
import { createNodeProcess } from '../network/node-process.js';
import type { BenchNode } from './bench-node.js';
import { endWithUs } from './end-with-us.js';
import type { BenchStore } from './stores/bench-store.js';

const clientId = 'bench';
const shared = {
  clients: [{ id: clientId, source: clientId }],
  logLevel: 'warn',
  tokenLifetimeSeconds: 3_600,
} as const;

/** Nodes that one folder is for. */
interface Network {
  readonly nodes: readonly BenchNode[];
  /** Stops them and takes their data and logs away. */
  discard(): Promise<void>;
}

export type LoneNode = BenchNode & Pick<Network, 'discard'>;

/** A stand-alone county. */
export async function startAlone(store: BenchStore, folder: string): Promise<LoneNode> {
  const plan: NodePlan = { ...shared, id: 'county', name: 'county', tier: 'county' };
  const { nodes, discard } = await startNetwork(store, folder, [plan]);
  const [node] = nodes;
  if (!node) throw new Error('one node was planned');
  return { ...node, discard };
}

/** A stand-alone county on the embedded store in `folder`, with a person index or without. Its data stay. */
export async function startPeople(folder: string, mpi: 'self' | 'off'): Promise<BenchNode> {
  const plan: NodePlan = { ...shared, id: 'county', name: 'county', tier: 'county', mpi };
  const [planned] = await planNetwork(folder, [plan]);
  if (!planned) throw new Error('one node was planned');
  return start(folder, planned);
}

export interface Chain extends Pick<Network, 'discard'> {
  readonly county: BenchNode;
  readonly city: BenchNode;
  readonly province: BenchNode;
}

const chainPlans: readonly NodePlan[] = [
  { ...shared, id: 'province', name: 'province', tier: 'province' },
  { ...shared, id: 'city', name: 'city', tier: 'city', parent: 'province' },
  { ...shared, id: 'county', name: 'county', tier: 'county', parent: 'city' },
];

/** County, city and province, each the parent of the one before it. The city owns the directory of the county. */
export async function startChain(store: BenchStore, folder: string): Promise<Chain> {
  const { nodes, discard } = await startNetwork(store, folder, chainPlans);
  const [province, city, county] = nodes;
  if (!county || !city || !province) throw new Error('three nodes make the chain');
  return { county, city, province, discard };
}

async function startNetwork(store: BenchStore, folder: string, plans: readonly NodePlan[]): Promise<Network> {
  const placed = await store.place(plans);
  const nodes: BenchNode[] = [];
  for (const node of await planNetwork(folder, placed.plans)) nodes.push(await start(folder, node));
  const discard = async (): Promise<void> => {
    for (const node of [...nodes].reverse()) await node.stop();
    await placed.remove();
    rmSync(folder, { recursive: true });
  };
  return { nodes, discard };
}

async function start(folder: string, node: PlannedNode): Promise<BenchNode> {
  const process = createNodeProcess(node);
  const started = performance.now();
  await process.start();
  const startMs = performance.now() - started;
  const ended = endWithUs(process.pid);
  const token = await openNode(node).tokenOf(clientId);
  return {
    pid: process.pid ?? 0,
    stop: () => process.stop().then(ended),
    origin: node.origin,
    data: join(folder, node.id, dataFolder),
    storeUrl: node.storeUrl,
    startMs,
    base: `${node.origin}/fhir`,
    headers: { authorization: `Bearer ${token}` },
  };
}

/** The JSON that a node, or any FHIR server, answers to a GET. Throws unless it answers 200. */
export async function getJson<T>(url: string, headers: Readonly<Record<string, string>>): Promise<T> {
  const answer = await fetch(url, { headers: { accept: 'application/json', ...headers } });
  if (answer.status !== 200) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
  return (await answer.json()) as T;
}
