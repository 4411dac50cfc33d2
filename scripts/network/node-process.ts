import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';

/** A node's configuration as it will be written to its YAML file (config/schema.json). */
export type NodeSettings = Readonly<Record<string, unknown>> & { readonly node: { readonly id: string } };

export interface NodeProcess {
  readonly id: string;
  readonly origin: string;
  readonly pid: number;
  /** File with the node's log. */
  readonly log: string;
  /** Milliseconds from start to the first answer of /health/ready. */
  readonly startMs: number;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
  /** kill -9, and waits. */
  kill(): Promise<void>;
}

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const readyMs = 20_000;

/** A port of 127.0.0.1 that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Writes the node's files into `folder`, starts it as a process and waits until it is ready. */
export async function startNode(options: {
  readonly folder: string;
  readonly port: number;
  readonly settings: NodeSettings;
  readonly privatePem: string;
  readonly secret: string;
  readonly args?: readonly string[];
}): Promise<NodeProcess> {
  const { folder, port, settings } = options;
  const { id } = settings.node;
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${id}.yaml`);
  const log = join(folder, `${id}.log`);
  writeFileSync(join(folder, `${id}.pem`), options.privatePem, { mode: 0o600 });
  writeFileSync(file, stringify({ ...settings, node: { ...settings.node, privateKeyFile: `${id}.pem` } }));
  const args = [program, 'serve', '--config', file, '--data', join(folder, id), '--port', String(port)];
  const started = performance.now();
  const child = spawn(process.execPath, [...args, ...(options.args ?? [])], {
    env: { ...process.env, RHIE_AUTH_SECRET: options.secret },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = createWriteStream(log, { flags: 'a' });
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const origin = `http://127.0.0.1:${port}`;
  await untilReady({ child, origin, log, id });
  return {
    id,
    origin,
    pid: child.pid ?? 0,
    log,
    startMs: performance.now() - started,
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

async function untilReady(node: {
  child: ChildProcess;
  origin: string;
  log: string;
  id: string;
}): Promise<void> {
  const ends = Date.now() + readyMs;
  while (node.child.exitCode === null) {
    if (Date.now() > ends) {
      await end(node.child, 'SIGKILL');
      throw new Error(`node ${node.id} was not ready after ${readyMs / 1000} s; its log: ${node.log}`);
    }
    const ready = await fetch(`${node.origin}/health/ready`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await pause(20);
  }
  throw new Error(`node ${node.id} ended at once; its log: ${node.log}`);
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
