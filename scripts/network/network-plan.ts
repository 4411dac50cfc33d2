import { generateKeyPairSync, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { stringify } from 'yaml';

/** A node as the network wants it. */
export interface NodePlan {
  readonly id: string;
  readonly name: string;
  readonly tier: 'province' | 'city' | 'county';
  readonly parent?: string;
  readonly clients: readonly ClientPlan[];
  readonly logLevel?: 'info' | 'warn';
  /** Life of an access token; as configured by default when absent. */
  readonly tokenLifetimeSeconds?: number;
  /** Its part in the master patient index; as configured by default when absent. */
  readonly mpi?: 'self' | 'elsewhere' | 'off';
  /** Its store on MongoDB; the embedded one when absent. */
  readonly storeUrl?: string;
}

/** A system that may sign in at a node. */
export interface ClientPlan {
  readonly id: string;
  /** Institution that stands as source on what it sends. */
  readonly source: string;
}

/** A node with everything that it takes to run it and to sign in at it. */
export interface PlannedNode extends NodePlan {
  readonly origin: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly secret: string;
  /** Private keys by client id; the node's own under its own id. */
  readonly keys: ReadonlyMap<string, KeyObject>;
}

/** Of a node's data, in the folder named by its id. */
export const dataFolder = 'data';

/** kid of every key of the network. */
export const keyId = '1';

/** Draws keys, secrets and free ports, and writes each node's configuration into the folder. */
export async function planNetwork(folder: string, plans: readonly NodePlan[]): Promise<PlannedNode[]> {
  const pairs = new Map(plans.map(({ id }) => [id, drawKeys()]));
  const ports = await freePorts(plans.length);
  const origins = new Map(plans.map(({ id }, place) => [id, `http://127.0.0.1:${ports[place]}`]));
  return plans.map((plan, place) => {
    const own = pairs.get(plan.id) ?? drawKeys();
    const clients = plan.clients.map((client) => ({ ...client, keys: drawKeys() }));
    const home = join(folder, plan.id);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'key.pem'), own.privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    });
    const peer = (id: string) => ({ id, url: origins.get(id), jwks: jwksOf(pairs.get(id) ?? own) });
    const children = plans.filter(({ parent }) => parent === plan.id);
    const config = {
      node: { id: plan.id, name: plan.name, tier: plan.tier, privateKeyFile: 'key.pem', keyId },
      server: { host: '127.0.0.1', port: ports[place] },
      store: plan.storeUrl === undefined ? { directory: dataFolder } : { url: plan.storeUrl },
      auth: {
        ...(plan.tokenLifetimeSeconds === undefined
          ? {}
          : { tokenLifetimeSeconds: plan.tokenLifetimeSeconds }),
        clients: clients.map(({ id, source, keys }) => ({
          id,
          source,
          scopes: ['system/*.cruds'],
          jwks: jwksOf(keys),
        })),
      },
      exchange: {
        ...(plan.parent === undefined ? {} : { parent: peer(plan.parent) }),
        children: children.map(({ id }) => ({ ...peer(id), owners: subtree(id, plans) })),
      },
      directory: { owner: plan.tier === 'county' && plan.parent !== undefined ? 'parent' : 'self' },
      ...(plan.mpi === undefined ? {} : { mpi: { domain: plan.mpi } }),
      log: { level: plan.logLevel ?? 'info' },
    };
    const configFile = join(home, 'node.yaml');
    writeFileSync(configFile, stringify(config));
    return {
      ...plan,
      origin: origins.get(plan.id) ?? '',
      configFile,
      logFile: join(home, 'node.log'),
      secret: randomBytes(48).toString('base64url'),
      keys: new Map([
        [plan.id, own.privateKey],
        ...clients.map(({ id, keys }) => [id, keys.privateKey] as const),
      ]),
    };
  });
}

const drawKeys = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-384' });

const jwksOf = ({ publicKey }: { publicKey: KeyObject }): { keys: JsonWebKey[] } => ({
  keys: [{ ...publicKey.export({ format: 'jwk' }), kid: keyId, alg: 'ES384', use: 'sig' }],
});

/** A node and all below it. */
function subtree(id: string, plans: readonly NodePlan[]): string[] {
  const below = plans.filter(({ parent }) => parent === id).flatMap((plan) => subtree(plan.id, plans));
  return [id, ...below];
}

/** Ports that are free now; all held at once, so that none is drawn twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
