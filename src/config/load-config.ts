import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Ajv, type ErrorObject } from 'ajv';
import { parse } from 'yaml';

import type { Config, Jwks } from './config.js';
import { applyEnvironment, type SchemaNode } from './environment.js';

export interface ConfigSource {
  /** YAML file. */
  readonly file: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** From the command line; they win. */
  readonly overrides?: { readonly port?: number; readonly directory?: string; readonly noAuth?: boolean };
}

/** Everything that is wrong with a configuration, a line each. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(file: string, faults: readonly string[]) {
    super(`The configuration ${file} can't be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

const schemaFile = fileURLToPath(new URL('../../../config/schema.json', import.meta.url));

type Tree = Record<string, unknown>;

/** The tree after the schema has filled in its defaults: Config with files still named, not yet read. */
type RawConfig = Omit<Config, 'node' | 'auth' | 'directory' | 'mpi' | 'exchange'> & {
  node: Omit<Config['node'], 'privateKey'> & { privateKeyFile?: string };
  auth: Omit<Config['auth'], 'mode' | 'clients' | 'secret'> & { secret?: string; clients: RawClient[] };
  directory: Partial<Config['directory']>;
  mpi: Partial<Config['mpi']>;
  exchange: Omit<Config['exchange'], 'parent' | 'children' | 'policy'> & {
    parent?: RawPeer;
    children: RawPeer[];
    policy: { up?: Config['exchange']['policy']['up']; down?: Config['exchange']['policy']['down'] };
  };
};
type RawClient = Omit<Config['auth']['clients'][number], 'jwks'> & { jwks?: Jwks; jwksFile?: string };
type RawPeer = Omit<Config['exchange']['children'][number], 'owners' | 'jwks'> & {
  owners?: string[];
  jwks?: Jwks;
  jwksFile?: string;
};

/** Reads file, environment and command line, in rising order; throws ConfigError with all faults at once. Paths in the file are relative to it. */
export function loadConfig(source: ConfigSource): Config {
  const env = source.env ?? process.env;
  const schema = JSON.parse(readFileSync(locateSchema(), 'utf8')) as SchemaNode;
  const tree = readTree(source.file);
  const faults = applyEnvironment(tree, schema, { env, readFile: (path) => readFileSync(path, 'utf8') });
  applyOverrides(tree, source);
  const check = new Ajv({ allErrors: true, useDefaults: true, strict: false }).compile(schema);
  if (!check(tree)) faults.push(...(check.errors ?? []).map(describe));
  if (faults.length > 0) throw new ConfigError(source.file, faults);
  const config = complete(tree as unknown as RawConfig, source, faults);
  checkTogether(config, faults);
  if (faults.length > 0) throw new ConfigError(source.file, faults);
  return deepFreeze(config);
}

/** dist/src/config and src/config lie at different depths below the package. */
function locateSchema(): string {
  try {
    readFileSync(schemaFile);
    return schemaFile;
  } catch {
    return fileURLToPath(new URL('../../config/schema.json', import.meta.url));
  }
}

function readTree(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(file, ['the file can not be read']);
  }
  try {
    const tree: unknown = parse(text) ?? {};
    if (typeof tree === 'object' && !Array.isArray(tree)) return tree as Tree;
  } catch (error) {
    throw new ConfigError(file, [
      `not YAML: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''}`,
    ]);
  }
  throw new ConfigError(file, ['the file must hold a mapping']);
}

function applyOverrides(tree: Tree, { overrides = {} }: ConfigSource): void {
  const section = (name: string): Tree => (tree[name] = { ...(tree[name] as Tree | undefined) });
  if (overrides.port !== undefined) section('server')['port'] = overrides.port;
  if (overrides.directory !== undefined) section('store')['directory'] = overrides.directory;
}

function describe(error: ErrorObject): string {
  const place = error.instancePath.slice(1).replaceAll('/', '.') || 'top level';
  const { additionalProperty, allowedValues } = error.params as Record<string, string | string[] | undefined>;
  const extra = additionalProperty ?? allowedValues;
  return `${place}: ${error.message ?? 'invalid'}${extra === undefined ? '' : ` (${extra.toString()})`}`;
}

function complete(raw: RawConfig, source: ConfigSource, faults: string[]): Config {
  const folder = dirname(resolve(source.file));
  const files = createFileReader(folder, faults);
  const { privateKeyFile, ...node } = raw.node;
  const directory = source.overrides?.directory ?? resolve(folder, raw.store.directory);
  return {
    ...raw,
    node:
      privateKeyFile === undefined
        ? node
        : { ...node, privateKey: files.text('node.privateKeyFile', privateKeyFile) },
    store: { ...raw.store, directory: resolve(directory) },
    auth: {
      ...raw.auth,
      mode: source.overrides?.noAuth ? 'none' : 'smart',
      secret: raw.auth.secret ?? '',
      clients: raw.auth.clients.map(({ jwksFile, jwks, ...client }, index) => ({
        ...client,
        jwks: files.jwks(`auth.clients.${index}`, { jwks, jwksFile }) ?? { keys: [] },
      })),
    },
    directory: { owner: raw.directory.owner ?? (raw.exchange.parent ? 'parent' : 'self') },
    mpi: { domain: raw.mpi.domain ?? usualDomain(raw) },
    exchange: completeExchange(raw.exchange, files),
  };
}

/** A city is the identity domain of its region, and so is a node that stands alone. */
function usualDomain({ node, exchange }: RawConfig): Config['mpi']['domain'] {
  const alone = !exchange.parent && exchange.children.length === 0;
  return node.tier === 'city' || alone ? 'self' : 'elsewhere';
}

const openPolicy = { excludeTypes: [], withholdLabels: [] };

function completeExchange(raw: RawConfig['exchange'], files: FileReader): Config['exchange'] {
  const peer = (entry: RawPeer, place: string): Config['exchange']['children'][number] => {
    const jwks = files.jwks(place, entry);
    return { id: entry.id, url: entry.url, owners: entry.owners ?? [entry.id], ...(jwks ? { jwks } : {}) };
  };
  const { parent, children, policy, ...limits } = raw;
  return {
    ...limits,
    ...(parent ? { parent: peer(parent, 'exchange.parent') } : {}),
    children: children.map((child, index) => peer(child, `exchange.children.${index}`)),
    policy: { up: policy.up ?? openPolicy, down: policy.down ?? openPolicy },
  };
}

interface FileReader {
  text(place: string, file: string): string;
  jwks(place: string, entry: { jwks?: Jwks | undefined; jwksFile?: string | undefined }): Jwks | undefined;
}

/** Reads files named in the configuration, relative to its folder; what can't be read becomes a fault. */
function createFileReader(folder: string, faults: string[]): FileReader {
  const text = (place: string, file: string): string => {
    try {
      return readFileSync(resolve(folder, file), 'utf8');
    } catch {
      faults.push(`${place}: the file can't be read`);
      return '';
    }
  };
  return {
    text,
    jwks(place, { jwks, jwksFile }) {
      if (jwksFile === undefined) return jwks;
      try {
        return JSON.parse(text(`${place}.jwksFile`, jwksFile) || '{"keys":[]}') as Jwks;
      } catch {
        faults.push(`${place}.jwksFile: no JSON`);
        return undefined;
      }
    },
  };
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;
const sample = /^(change|changeme|sample|secret|example|test|demo)|(.)\2{15}/i;

/** What no single entry shows. */
function checkTogether(config: Config, faults: string[]): void {
  const { auth, exchange, node, server, directory } = config;
  const peers = [...(exchange.parent ? [exchange.parent] : []), ...exchange.children];
  if (auth.mode === 'none' && !loopback.test(server.host)) {
    faults.push('server.host: without sign-in (--no-auth) a node listens on a loopback address only');
  }
  if (auth.mode === 'smart') {
    if (auth.secret === '')
      faults.push('auth.secret: missing; set RHIE_AUTH_SECRET or RHIE_AUTH_SECRET_FILE');
    else if (sample.test(auth.secret)) faults.push('auth.secret: a sample; draw a random one');
    if (peers.length > 0 && node.privateKey === undefined)
      faults.push('node.privateKeyFile: missing, peers ask for sign-in');
    for (const peer of peers) if (!peer.jwks) faults.push(`exchange: peer ${peer.id} needs jwks or jwksFile`);
  }
  const ids = [node.id, ...peers.map((peer) => peer.id), ...auth.clients.map((client) => client.id)];
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) {
    faults.push(`${id}: node, peers and clients need different ids`);
  }
  const owners = exchange.children.flatMap((child) => child.owners);
  for (const owner of new Set(owners.filter((id, index) => owners.indexOf(id) !== index || id === node.id))) {
    faults.push(`exchange.children: owner ${owner} can belong to one subtree only`);
  }
  if (directory.owner === 'parent' && !exchange.parent)
    faults.push('directory.owner: there is no exchange.parent');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) deepFreeze(child);
  }
  return value;
}
