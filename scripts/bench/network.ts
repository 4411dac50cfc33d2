import { join } from 'node:path';

import { createIdentity, drawSecret, type Identity } from '../network/identity.js';
import { freePort, startNode, type NodeProcess, type NodeSettings } from '../network/node-process.js';
import { signIn } from '../network/sign-in.js';
import type { Target } from './post-bundles.js';

/** A node that runs, and how a registered system that is signed in calls it. */
export interface BenchNode extends Target {
  readonly process: NodeProcess;
  /** Its data folder. */
  readonly data: string;
}

const client = createIdentity('bench');
const tokenSeconds = 3_600;

/** A stand-alone county. The same `folder` again: the same data. */
export async function startAlone(folder: string): Promise<BenchNode> {
  const identity = createIdentity('county');
  const settings = settingsOf({ identity, tier: 'county' });
  return signedIn(
    folder,
    await startNode({ folder, port: await freePort(), settings, ...secretsOf(identity) }),
  );
}

export interface Chain {
  readonly county: BenchNode;
  readonly city: BenchNode;
  readonly province: BenchNode;
  stop(): Promise<void>;
}

/** County, city and province, each the parent of the one before it. The city owns the directory of the county. */
export async function startChain(folder: string): Promise<Chain> {
  const tiers = ['county', 'city', 'province'] as const;
  const ports = await Promise.all(tiers.map(() => freePort()));
  const identities = tiers.map((tier) => createIdentity(tier));
  const started: BenchNode[] = [];
  for (const place of [2, 1, 0]) {
    const [tier, identity] = [tiers[place], identities[place]];
    if (!tier || !identity) throw new Error('three nodes make the chain');
    const settings = settingsOf({
      identity,
      tier,
      ...neighboursOf(place, { identities, ports }),
      directoryOwner: tier === 'county' ? 'parent' : 'self',
    });
    const process = await startNode({ folder, port: ports[place] ?? 0, settings, ...secretsOf(identity) });
    started.unshift(await signedIn(folder, process));
  }
  const [county, city, province] = started;
  if (!county || !city || !province) throw new Error('three nodes make the chain');
  const stop = async (): Promise<void> => {
    for (const node of [county, city, province]) await node.process.stop();
  };
  return { county, city, province, stop };
}

interface Settings {
  readonly identity: Identity;
  readonly tier: string;
  readonly directoryOwner?: 'self' | 'parent';
  readonly exchange?: object;
}

const settingsOf = ({ identity, tier, directoryOwner = 'self', exchange = {} }: Settings): NodeSettings => ({
  node: nodeOf(identity.id, tier),
  auth: {
    tokenLifetimeSeconds: tokenSeconds,
    clients: [{ id: client.id, source: 'bench', scopes: ['system/*.cruds'], jwks: client.jwks }],
  },
  directory: { owner: directoryOwner },
  exchange,
  log: { level: 'warn' },
});

const nodeOf = (id: string, tier: string): NodeSettings['node'] & { readonly tier: string } => ({ id, tier });

const secretsOf = ({ privatePem }: Identity): { privatePem: string; secret: string } => ({
  privatePem,
  secret: drawSecret(),
});

function neighboursOf(
  place: number,
  { identities, ports }: { readonly identities: readonly Identity[]; readonly ports: readonly number[] },
): Pick<Settings, 'exchange'> {
  const peer = (at: number): object[] => {
    const identity = identities[at];
    if (!identity) return [];
    return [{ id: identity.id, url: `http://127.0.0.1:${ports[at] ?? 0}`, jwks: identity.jwks }];
  };
  const [parent] = peer(place + 1);
  const owners = identities.slice(0, place).map(({ id }) => id);
  return {
    exchange: {
      ...(parent ? { parent } : {}),
      children: peer(place - 1).map((child) => ({ ...child, owners })),
    },
  };
}

async function signedIn(folder: string, process: NodeProcess): Promise<BenchNode> {
  const token = await signIn(process.origin, client);
  return {
    process,
    data: join(folder, process.id),
    base: `${process.origin}/fhir`,
    headers: { authorization: `Bearer ${token}` },
  };
}

/** The JSON that a node, or any FHIR server, answers to a GET. Throws unless it answers 200. */
export async function getJson<T>(url: string, headers: Readonly<Record<string, string>>): Promise<T> {
  const answer = await fetch(url, { headers: { accept: 'application/json', ...headers } });
  if (answer.status !== 200) throw new Error(`${new URL(url).pathname} answered ${answer.status}`);
  return (await answer.json()) as T;
}
