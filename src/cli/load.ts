import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';

import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';

import { openFhirClient } from '../adapters/peer/fhir-client.js';
import { createTokenSource } from '../adapters/peer/token-source.js';
import { systemClock } from '../adapters/system/clock.js';
import { readPrivateKey, signClientAssertion } from '../auth/client-assertion.js';
import type { TokenSource } from '../ports/token-source.js';
import { findInputFiles } from './load/input-files.js';
import { loadFiles, type LoadFilesOptions } from './load/load-files.js';
import type { LoadTotals } from './load/load-units.js';

interface LoadOptions {
  readonly to: string;
  readonly clientId?: string;
  readonly keyFile?: string;
  readonly keyId: string;
  readonly tokenFile?: string;
  readonly tokenUrl?: string;
  readonly parallel: number;
  readonly patience: number;
}

const help = `
Paths are .json and .ndjson files, either also with .gz, or folders of them. A Bundle of type batch or transaction is
sent as it is; any other resource, and every line of an .ndjson file, becomes an entry of a batch: PUT under its id
where it has one, else POST.

Order: first the batch Bundles, one after the other by name; then institutions and practitioners; patients; encounters
and devices; at last everything else, transactions included, by name and in parallel. What is refused is sent once more
when the rest of its kind is through, since it may have referred to what came later.

Every request carries an X-Request-ID made from its content, so that a repeat after a broken connection, or a second
load within the time for which the server keeps these ids (a node: 7 days), stores nothing twice.

Exit code 0: everything was accepted; 1: something was refused, each named with its reason, or the server stayed away.`;

/** `regional-hie load`: bundles and NDJSON into any FHIR R4 server. */
export function loadCommand(): Command {
  return new Command('load')
    .description('load FHIR files into a node, or into any FHIR R4 server')
    .argument('<path...>', 'files or folders')
    .requiredOption('--to <url>', 'FHIR base of the server, like http://127.0.0.1:8080/fhir')
    .option('--client-id <id>', 'registered client to sign in as (SMART Backend Services)')
    .option('--key-file <file>', "the client's private key (PEM, EC P-384 or RSA)")
    .option('--key-id <id>', 'kid of that key', '1')
    .option('--token-url <url>', 'token endpoint; default: /auth/token beside the FHIR base')
    .option('--token-file <file>', 'a file with an access token, instead of signing in')
    .option('--parallel <n>', 'requests under way at the same time', positive, 4)
    .option('--patience <seconds>', 'how long to wait for a server that is away or busy', positive, 120)
    .addHelpText('after', help)
    .action(async (paths: string[], options: LoadOptions) => {
      process.exitCode = await load(paths, options);
    });
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number above 0 is needed');
  return value;
}

async function load(paths: readonly string[], options: LoadOptions): Promise<number> {
  const files = await findInputFiles(paths);
  if (files.length === 0)
    throw new Error('there is nothing to load: no .json or .ndjson file in these folders');
  const tokens = tokenSource(options);
  await tokens?.token();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const progress = process.stdout.isTTY ? barProgress(bytes) : lineProgress(bytes);
  const started = Date.now();
  try {
    const totals = await loadFiles({
      files,
      parallel: options.parallel,
      target: {
        client: openFhirClient(options.to.replace(/\/+$/, '')),
        patienceMs: options.patience * 1000,
        ...(tokens === undefined ? {} : { tokens }),
      },
      onProgress: progress.show,
    });
    progress.stop();
    return printTotals(totals, (Date.now() - started) / 1000);
  } catch (error) {
    progress.stop();
    throw error;
  }
}

function tokenSource(options: LoadOptions): TokenSource | undefined {
  const { clientId, keyFile, keyId, tokenFile } = options;
  if (tokenFile !== undefined) {
    const token = readFileSync(tokenFile, 'utf8').trim();
    return { token: () => Promise.resolve(token), discard: () => undefined };
  }
  if (clientId === undefined && keyFile === undefined) return undefined;
  if (clientId === undefined || keyFile === undefined)
    throw new Error('--client-id and --key-file go together');
  const key = readPrivateKey(readFileSync(keyFile, 'utf8'));
  return createTokenSource({
    tokenUrl: options.tokenUrl ?? new URL('auth/token', `${options.to.replace(/\/fhir\/*$/, '')}/`).href,
    scope: 'system/*.cruds',
    clock: systemClock,
    timeoutMs: 30_000,
    sign: (audience) =>
      signClientAssertion({ clientId, audience, key, keyId, jti: randomUUID(), nowMs: Date.now() }),
  });
}

interface Progress {
  readonly show: NonNullable<LoadFilesOptions['onProgress']>;
  stop(): void;
}

function barProgress(bytes: number): Progress {
  const bar = new SingleBar({
    format: '{bar} {percentage}% | {accepted} accepted, {refused} refused | {duration_formatted}',
    hideCursor: true,
  });
  bar.start(bytes, 0, { accepted: 0, refused: 0 });
  return {
    show: (now) => bar.update(now.bytes, { accepted: now.accepted, refused: now.refused }),
    stop: () => bar.stop(),
  };
}

/** A line every five seconds, where the output is no terminal. */
function lineProgress(bytes: number): Progress {
  let last = Date.now();
  return {
    show(now) {
      if (Date.now() - last < 5000) return;
      last = Date.now();
      const percent = Math.round((100 * now.bytes) / Math.max(1, bytes));
      console.log(`${percent}%: ${now.accepted} accepted, ${now.refused} refused`);
    },
    stop: () => undefined,
  };
}

function printTotals(totals: LoadTotals, seconds: number): number {
  const rows = [...totals.accepted].filter(([, n]) => n > 0).sort(([one], [other]) => (one < other ? -1 : 1));
  const sum = rows.reduce((total, [, n]) => total + n, 0);
  for (const [type, n] of rows) console.log(`${type.padEnd(28)} ${String(n).padStart(9)}`);
  const rate = Math.round(sum / Math.max(seconds, 0.001));
  console.log(`${'accepted'.padEnd(28)} ${String(sum).padStart(9)}  in ${seconds.toFixed(1)} s, ${rate}/s`);
  for (const line of totals.refused) console.error(`refused: ${line}`);
  console.log(`${'refused'.padEnd(28)} ${String(totals.refused.length).padStart(9)}`);
  return totals.refused.length === 0 ? 0 : 1;
}
