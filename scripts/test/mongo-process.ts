import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import mongoose from 'mongoose';

/** The server for tests where there is no `mongod`: a crate of this name and version has the program. */
export const testServer = { crate: 'secantus-mdb', version: '0.5.3-beta.196', program: 'secantusd-rs' };

/** Outside the checkout, since it takes minutes to build. */
export const testServerFolder = join(
  process.env['RHIE_TEST_CACHE'] || process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'),
  'regional-hie',
  `${testServer.crate}-${testServer.version}`,
);

/** A server program of this machine. */
export interface MongoProgram {
  readonly kind: 'mongod' | 'test server';
  readonly path: string;
}

/** The `mongod` on the PATH, else the test server where it has been built. */
export function findMongoProgram(): MongoProgram | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const mongod = folders.map((folder) => join(folder, 'mongod')).find(existsSync);
  if (mongod !== undefined) return { kind: 'mongod', path: mongod };
  const built = join(testServerFolder, 'bin', testServer.program);
  return existsSync(built) ? { kind: 'test server', path: built } : undefined;
}

export interface MongoPlace {
  readonly program: MongoProgram;
  /** Folder of its data; made when absent. */
  readonly storage: string;
  readonly port: number;
}

/** A server on loopback, started here; it ends with this process. */
export interface MongoProcess {
  /** Connection string without a database. */
  readonly url: string;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts it on new or old data and resolves when it takes writes. */
export async function startMongo(place: MongoPlace): Promise<MongoProcess> {
  const { program, storage, port } = place;
  mkdirSync(join(storage, 'data'), { recursive: true });
  const logFile = join(storage, 'log');
  const log = openSync(logFile, 'w');
  const child = spawn(program.path, argumentsOf(place), { stdio: ['ignore', log, log] });
  closeSync(log);
  const gone = goneOf(child);
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  const early = gone.then(() => {
    throw new Error(`${program.path} ended: ${readFileSync(logFile, 'utf8').slice(-2_000)}`);
  });
  try {
    await Promise.race([takesWrites(program, port), early]);
  } catch (error) {
    await end('SIGKILL')();
    throw error;
  }
  // From now on it ends when it is told to.
  early.catch(() => undefined);
  return {
    url: `mongodb://127.0.0.1:${String(port)}/?replicaSet=${setNames[program.kind]}`,
    kill: end('SIGKILL'),
    stop: end('SIGTERM'),
  };
}

const setNames = { mongod: 'rs0', 'test server': 'secantus' };

function argumentsOf({ program, storage, port }: MongoPlace): string[] {
  const data = join(storage, 'data');
  if (program.kind === 'mongod') {
    const address = ['--bind_ip', '127.0.0.1', '--port', String(port)];
    return ['--replSet', setNames.mongod, ...address, '--dbpath', data];
  }
  // Without a file of ours it would read the user's.
  const settings = join(storage, 'empty.toml');
  writeFileSync(settings, '');
  const address = ['--host', '127.0.0.1', '--port', String(port)];
  // It acknowledges writes before they are durable unless it syncs.
  const durable = ['--sync-on-commit', '--cache-size', '512M'];
  return ['--config', settings, ...address, '--storage-path', data, ...durable];
}

/** Resolves when the process has ended, and ends it with ours. */
function goneOf(child: ChildProcess): Promise<void> {
  const endWithUs = (): void => void child.kill('SIGKILL');
  // Before those who remove its folder.
  process.prependListener('exit', endWithUs);
  return new Promise<void>((resolve) => {
    // `error`: it could not be started.
    for (const event of ['exit', 'error']) child.once(event, () => resolve());
  }).finally(() => process.off('exit', endWithUs));
}

const startLimitMs = 30_000;
const alreadyInitialized = 23;

async function takesWrites({ kind }: MongoProgram, port: number): Promise<void> {
  const connection = await mongoose
    .createConnection(`mongodb://127.0.0.1:${String(port)}/?directConnection=true`, {
      serverSelectionTimeoutMS: startLimitMs,
    })
    .asPromise();
  const ask = async (command: Record<string, unknown>): Promise<Record<string, unknown>> =>
    (await connection.db?.admin().command(command)) ?? {};
  try {
    if (kind === 'mongod') {
      const members = [{ _id: 0, host: `127.0.0.1:${String(port)}` }];
      await ask({ replSetInitiate: { _id: setNames.mongod, members } }).catch((error: { code?: unknown }) => {
        if (error.code !== alreadyInitialized) throw error;
      });
    }
    const until = Date.now() + startLimitMs;
    while ((await ask({ hello: 1 }))['isWritablePrimary'] !== true) {
      if (Date.now() > until) throw new Error('the server did not become primary');
      await pause(50);
    }
  } finally {
    await connection.close();
  }
}

/** A port of loopback that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
