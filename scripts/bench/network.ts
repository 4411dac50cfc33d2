import { join } from 'node:path';

import { dataFolder, planNetwork, type NodePlan, type PlannedNode } from '../network/network-plan.js';
import { openNode } from '../network/node-access.js';
import { createNodeProcess } from '../network/node-process.js';
import { endWithUs } from './end-with-us.js';
import type { Target } from './post-bundles.js';

/** A node that runs, and how a registered system that is signed in calls it. */
export interface BenchNode extends Target {
  readonly pid: number;
  stop(): Promise<void>;
  readonly origin: string;
  /** Its data folder. */
  readonly data: string;
  /** Milliseconds from the start of the process until it was ready. */
  readonly startMs: number;
}

const clientId = 'bench';
const shared = {
  clients: [{ id: clientId, source: clientId }],
  logLevel: 'warn',
  tokenLifetimeSeconds: 3_600,
} as const;

/** A stand-alone county. The same `folder` again: the same data. */
export async function startAlone(folder: string): Promise<BenchNode> {
  const [node] = await planNetwork(folder, [{ ...shared, id: 'county', name: 'county', tier: 'county' }]);
  if (!node) throw new Error('one node was planned');
  return start(folder, node);
}

export interface Chain {
  readonly county: BenchNode;
  readonly city: BenchNode;
  readonly province: BenchNode;
  stop(): Promise<void>;
}

const chainPlans: readonly NodePlan[] = [
  { ...shared, id: 'province', name: 'province', tier: 'province' },
  { ...shared, id: 'city', name: 'city', tier: 'city', parent: 'province' },
  { ...shared, id: 'county', name: 'county', tier: 'county', parent: 'city' },
];

/** County, city and province, each the parent of the one before it. The city owns the directory of the county. */
export async function startChain(folder: string): Promise<Chain> {
  const started: BenchNode[] = [];
  for (const node of await planNetwork(folder, chainPlans)) started.push(await start(folder, node));
  const [province, city, county] = started;
  if (!county || !city || !province) throw new Error('three nodes make the chain');
  const stop = async (): Promise<void> => {
    for (const node of [county, city, province]) await node.stop();
  };
  return { county, city, province, stop };
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
