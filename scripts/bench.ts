import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command, InvalidArgumentError, Option } from 'commander';

import { readInput, recordsOf } from './bench/input.js';
import type { BenchNode } from './bench/bench-node.js';
import { startAlone } from './bench/network.js';
import { startLoaded, type BenchRun } from './bench/parts/bench-run.js';
import { measureChain } from './bench/parts/chain.js';
import { measureLatency } from './bench/parts/latency.js';
import { measureLoad } from './bench/parts/load.js';
import { measurePeople } from './bench/parts/people.js';
import { measurePeer } from './bench/parts/peer.js';
import { measureCreates, measureReads, measureSearches } from './bench/parts/serve.js';
import { measureStart } from './bench/parts/start.js';
import { describeMachine, formatTable, isShort, type Measure } from './bench/report.js';
import { mongoStore } from './bench/stores/mongo.js';
import { sqliteStore } from './bench/stores/sqlite.js';
import { mongoServer } from './network/mongo-stores.js';

const partNames = ['start', 'load', 'read', 'search', 'create', 'chain', 'latency', 'people'] as const;
type PartName = (typeof partNames)[number];

interface BenchOptions {
  readonly only: readonly PartName[];
  readonly rounds: number;
  readonly seconds: number;
  readonly input: string;
  readonly store: 'sqlite' | 'mongo';
  readonly peer?: string;
  readonly json?: boolean;
  readonly strict?: boolean;
}

const program = new Command('npm run bench --')
  .description(
    'Measures nodes on this machine side by side with what the machine can do: bare Express, raw inserts, bare mongoose. Progress goes to stderr, the table to stdout.',
  )
  .option('--only <parts>', `some of ${partNames.join(', ')}, with commas between`, readParts, [...partNames])
  .option('--rounds <number>', 'rounds of each comparison; medians are shown', readNumber, 3)
  .option('--seconds <number>', 'length of a turn in a comparison of rates', readNumber, 5)
  .option(
    '--input <folder>',
    'batch and transaction Bundles (.json, .json.gz); a generated region where the folder is missing',
    join('..', 'shared', 'data', 'synthea-r4'),
  )
  .addOption(
    new Option(
      '--store <kind>',
      'where the nodes keep their data; mongo: databases of their own on the server of MONGO_URL, dropped at the end',
    )
      .choices(['sqlite', 'mongo'])
      .default('sqlite'),
  )
  .option(
    '--peer <url>',
    'instead: load, reads, searches and creates on another FHIR server in turn with ours',
  )
  .option('--json', 'the measures as JSON')
  .option('--strict', 'exit code 1 when a measure is short of what is wanted');

async function main(): Promise<void> {
  const options = program.parse().opts<BenchOptions>();
  const store = options.store === 'mongo' ? mongoStore(mongoServer()) : sqliteStore;
  const folder = mkdtempSync(join(tmpdir(), 'regional-hie-bench-'));
  let node: Promise<BenchNode> | undefined;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const input = readInput(options.input);
  const records = recordsOf(input.directory) + recordsOf(input.transactions);
  const [load = NaN] = loadavg();
  say(`${describeMachine()}; ${input.name}: ${records} records`);
  const shared = { input, store, folder, say, rounds: options.rounds, seconds: options.seconds };
  const run: BenchRun = { ...shared, loaded: () => (node ??= startLoaded(shared)) };
  try {
    const measures = await measure(run, options, () => (node = startAlone(store, join(folder, 'loaded'))));
    show(measures, { json: options.json ?? false, records, load });
    if (options.strict && measures.some(isShort)) process.exitCode = 1;
  } catch (error) {
    say(`logs of the nodes: ${folder}`);
    throw error;
  } finally {
    await node?.then(
      (started) => started.stop(),
      () => undefined,
    );
    await store.close();
  }
  rmSync(folder, { recursive: true, force: true });
}

function show(
  measures: readonly Measure[],
  { json, records, load }: { readonly json: boolean; readonly records: number; readonly load: number },
): void {
  const [at, machine] = [new Date().toISOString(), describeMachine()];
  if (json) console.log(JSON.stringify({ at, machine, load, records, measures }, null, 2));
  else console.log(`\n${at}, ${machine}, load average ${load.toFixed(1)} before\n\n${formatTable(measures)}`);
}

async function measure(
  run: BenchRun,
  options: BenchOptions,
  start: () => Promise<BenchNode>,
): Promise<Measure[]> {
  if (options.peer !== undefined) return measurePeer(run, { url: options.peer, start });
  const measures: Measure[] = [];
  const parts: Record<PartName, () => Promise<Measure[]>> = {
    start: () => measureStart(run),
    load: () => measureLoad(run),
    read: () => measureReads(run),
    search: () => measureSearches(run),
    create: () => measureCreates(run),
    chain: () => measureChain(run),
    latency: () => measureLatency(run),
    people: () => measurePeople(run),
  };
  // The kept people lie in an embedded store.
  const skipped = options.store === 'mongo' ? ['people'] : [];
  for (const name of partNames)
    if (options.only.includes(name) && !skipped.includes(name)) measures.push(...(await parts[name]()));
  return measures;
}

function readParts(text: string): PartName[] {
  return text.split(',').map((name) => {
    const part = partNames.find((known) => known === name.trim());
    if (!part) throw new InvalidArgumentError(`known are ${partNames.join(', ')}`);
    return part;
  });
}

function readNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError('a whole number above 0 is needed');
  return number;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  // Nodes and servers of the part that failed still run: they end with this process.
  process.exit(1);
});
