import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type { PlannedNode } from './network-plan.js';

/** A node that runs as a process of its own. */
export interface NodeProcess {
  /** Starts it; resolves when it takes writes. Rejects with the end of its log where it doesn't come up. */
  start(): Promise<void>;
  /** Lets it finish what it does; after ten seconds it is killed. */
  stop(): Promise<void>;
  /** kill -9, as a power cut would. */
  kill(): Promise<void>;
  readonly pid: number | undefined;
  /** Where it listens. */
  readonly origin: string;
}

const mainFile = fileURLToPath(new URL('../../src/main.js', import.meta.url));
/** As `npm start` and the command's first line have it: see docs/operating.md, "Memory". */
const heapOption = '--max-old-space-size=1024';
const startLimitMs = 30_000;
const stopLimitMs = 10_000;
const pollMs = 25;

export interface ProcessOptions {
  /** One of several processes of the node: it listens there, and its log stands beside the node's. */
  readonly port?: number;
}

export function createNodeProcess(planned: PlannedNode, { port }: ProcessOptions = {}): NodeProcess {
  const node =
    port === undefined
      ? planned
      : { ...planned, origin: `http://127.0.0.1:${port}`, logFile: `${planned.logFile}.${port}` };

  let child: ChildProcess | undefined;
  let ended: Promise<void> = Promise.resolve();

  function launch(): ChildProcess {
    const log = openSync(node.logFile, 'a');
    const own = port === undefined ? [] : ['--port', String(port)];
    const words = [heapOption, mainFile, 'serve', '--config', node.configFile, ...own];
    const started = spawn(process.execPath, words, {
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        RHIE_AUTH_SECRET: node.secret,
        ...(port === undefined ? {} : { RHIE_SERVER_BASE_URL: planned.origin }),
      },
    });
    closeSync(log);
    ended = new Promise((resolve) => {
      started.once('exit', () => resolve());
      started.once('error', () => resolve());
    });
    return started;
  }

  const running = (): boolean => child !== undefined && child.exitCode === null && child.signalCode === null;

  return {
    origin: node.origin,
    get pid() {
      return child?.pid;
    },
    async start() {
      child = launch();
      const until = Date.now() + startLimitMs;
      while (!(await isReady(node.origin))) {
        if (running() && Date.now() < until) await sleep(pollMs);
        else throw new Error(`node ${node.id} did not come up:\n${logEnd(node.logFile)}`);
      }
    },
    async stop() {
      if (!running()) return;
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), stopLimitMs);
      await ended;
      clearTimeout(timer);
    },
    async kill() {
      child?.kill('SIGKILL');
      await ended;
    },
  };
}

async function isReady(origin: string): Promise<boolean> {
  try {
    const response = await fetch(`${origin}/health/ready`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function logEnd(file: string): string {
  if (!existsSync(file)) return '';
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
}
