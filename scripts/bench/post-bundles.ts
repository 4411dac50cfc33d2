import { Agent, request } from 'node:http';

import type { InputBundle } from './input.js';

export interface Target {
  /** FHIR base. */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
}

const entryStatus = /"status"\s*:\s*"(\d{3})/g;

/**
 * Posts the Bundles in their order, `parallel` at a time, and resolves to the seconds from the first byte sent to the
 * last answer read. Rejects when anything was refused: then the rate would be of something else.
 */
export async function postBundles(
  target: Target,
  bundles: readonly InputBundle[],
  parallel: number,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: parallel });
  const answers: { bundle: InputBundle; answer: Answer }[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let bundle = bundles[next++]; bundle; bundle = bundles[next++]) {
      answers.push({ bundle, answer: await post(target, agent, bundle) });
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  // Read when the time is taken, so that the client's own work does not count.
  for (const { bundle, answer } of answers) requireAccepted(bundle, answer);
  return seconds;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

function post({ base, headers }: Target, agent: Agent, { body }: InputBundle): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      base,
      {
        agent,
        method: 'POST',
        headers: {
          'content-type': 'application/fhir+json',
          accept: 'application/fhir+json',
          prefer: 'return=minimal',
          'content-length': String(body.length),
          ...headers,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
        response.on('error', reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

function requireAccepted({ name, records }: InputBundle, { status, body }: Answer): void {
  const statuses = [...body.toString().matchAll(entryStatus)].map(([, entry]) => Number(entry));
  const accepted = statuses.filter((entry) => entry >= 200 && entry < 300).length;
  if (status === 200 && accepted >= records) return;
  throw new Error(`${name}: answered ${status}, ${accepted} of ${records} records accepted`);
}
