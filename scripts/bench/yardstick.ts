import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { endWithUs } from './end-with-us.js';

export interface BareServer {
  readonly origin: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./bare-server.js', import.meta.url));

/** Starts the bare Express server; `GET /read/n` answers the n-th body, `POST /create` parses and answers 201. */
export async function startBare(folder: string, bodies: readonly string[]): Promise<BareServer> {
  const file = join(folder, 'bare-bodies.txt');
  if (bodies.some((body) => body.includes('\n'))) throw new Error('a body of the bare server is one line');
  writeFileSync(file, bodies.join('\n'));
  const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = endWithUs(child.pid);
  const exited = once(child, 'exit').then(ended);
  const [origin] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => {
      throw new Error('the bare server ended at once');
    }),
  ])) as [string];
  return {
    origin,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
