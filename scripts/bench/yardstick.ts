import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { endWithUs } from './end-with-us.js';
import { fire, type Shot } from './fire.js';
import type { FireResult, Turn } from './tally.js';

/** What a rate of ours is held against: a process of its own that has nothing of ours in it. */
export interface Yardstick {
  readonly name: string;
  turn(turn: Turn): Promise<FireResult>;
  stop(): Promise<void>;
}

const expressProgram = fileURLToPath(new URL('./bare-express.js', import.meta.url));

/** A bare Express server that answers the n-th of the shots' GETs with the n-th of the bodies. */
export async function bareSend(
  folder: string,
  { shots, bodies }: { readonly shots: readonly Shot[]; readonly bodies: readonly string[] },
): Promise<Yardstick> {
  const asked = shots.map((shot, place) => ({ ...shot, path: `/read/${place}` }));
  return startExpress(folder, { name: 'bare res.send', shots: asked, bodies });
}

/** A bare Express server that parses the shots' bodies and answers 201. */
export async function bareParse(folder: string, shots: readonly Shot[]): Promise<Yardstick> {
  const asked = shots.map((shot) => ({ ...shot, path: '/create' }));
  return startExpress(folder, { name: 'bare parse and 201', shots: asked, bodies: [] });
}

async function startExpress(
  folder: string,
  {
    name,
    shots,
    bodies,
  }: { readonly name: string; readonly shots: readonly Shot[]; readonly bodies: readonly string[] },
): Promise<Yardstick> {
  const file = join(folder, 'bare-bodies.txt');
  if (bodies.some((body) => body.includes('\n'))) throw new Error('a body of the bare server is one line');
  writeFileSync(file, bodies.join('\n'));
  const worker = startWorker(expressProgram, [file]);
  const origin = await worker.message<string>();
  return { name, turn: (turn) => fire(origin, shots, turn), stop: () => worker.stop() };
}

export interface Worker {
  send(message: Turn): void;
  /** The next message of the process; rejects when it ends instead. */
  message<T>(): Promise<T>;
  stop(): Promise<void>;
}

/** Starts a program that speaks in messages. */
export function startWorker(program: string, args: readonly string[]): Worker {
  const child: ChildProcess = fork(program, [...args]);
  const ended = endWithUs(child.pid);
  const exited = once(child, 'exit').then(ended);
  return {
    send: (message) => void child.send(message),
    async message<T>() {
      const [message] = (await Promise.race([
        once(child, 'message'),
        exited.then(() => {
          throw new Error('the process of a yardstick ended');
        }),
      ])) as [T];
      return message;
    },
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
