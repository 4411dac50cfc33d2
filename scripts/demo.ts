import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Command, InvalidArgumentError, Option } from 'commander';

import { findInputFiles } from '../src/cli/load/input-files.js';
import { newTotals, type LoadTotals } from '../src/cli/load/load-units.js';
import { formatReport } from '../src/cli/reconcile.js';
import { compareCounts } from './demo/compare-counts.js';
import { formatFigures, readFigures } from './demo/figures.js';
import { generatedRegion } from './demo/generated-region.js';
import { mongoServer, mongoStores } from './network/mongo-stores.js';
import { type NodePlan, planNetwork } from './network/network-plan.js';
import { type NodeAccess, openNode } from './network/node-access.js';
import { createNodeProcess } from './network/node-process.js';
import { showProgress } from './demo/progress.js';
import { realFiles } from './demo/real-files.js';
import { countyIds, type DemoNodes, type Scenario } from './demo/scenario.js';
import { settle } from './demo/settle.js';
import { printPopulation, waitForPopulation } from './demo/show-population.js';

interface DemoOptions {
  readonly once?: boolean;
  readonly input?: string;
  readonly size: number;
  readonly store: 'sqlite' | 'mongo';
}

const program = new Command('npm run demo --')
  .description(
    'One province, one city and two counties on this machine: a directory comes down, hospitals send records, the records go up, both ends are compared.',
  )
  .option(
    '--once',
    'end when it is done: exit code 0 when everything is where it belongs and reconciled, else 1',
  )
  .option(
    '--input <folder>',
    'real records (.json, .ndjson, either with .gz) instead of the generated region: batch Bundles and institutions go to the city, transaction Bundles alternately into the counties, other records into the first county',
  )
  .addOption(
    new Option(
      '--store <kind>',
      'where the nodes keep their data; mongo: databases on the server of MONGO_URL',
    )
      .choices(['sqlite', 'mongo'])
      .default('sqlite'),
  )
  .option('--size <people>', 'size of the generated region', size, 400);

const settleLimitMs = 15 * 60_000;

async function main(): Promise<void> {
  const options = program.parse().opts<DemoOptions>();
  const scenario =
    options.input === undefined
      ? generatedRegion(options.size)
      : realFiles(await findInputFiles([options.input]));
  const folder = mkdtempSync(join(tmpdir(), 'regional-hie-demo-'));
  const plans = plansFor(scenario);
  const stores = options.store === 'mongo' ? await mongoStores(plans, mongoServer()) : undefined;
  const planned = await planNetwork(folder, stores?.plans ?? plans);
  const processes = planned.map((node) => createNodeProcess(node));
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve('interrupted'));
  });
  try {
    const work = (async () => {
      await Promise.all(processes.map((process) => process.start()));
      return run(scenario, planned.map(openNode));
    })();
    const outcome = await Promise.race([work, interrupted]);
    if (outcome === 'interrupted') process.exitCode = 130;
    else {
      process.exitCode = outcome ? 0 : 1;
      if (!options.once) {
        console.log('\nThe nodes stay up until Ctrl-C.');
        await interrupted;
      }
    }
  } finally {
    await Promise.all(processes.map((process) => process.stop()));
    await stores?.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

const plansFor = (scenario: Scenario): NodePlan[] =>
  [
    { id: 'province', name: '湖北省', tier: 'province' as const },
    { id: 'city', name: '襄阳市', tier: 'city' as const, parent: 'province' },
    { id: countyIds[0], name: '南漳县', tier: 'county' as const, parent: 'city' },
    { id: countyIds[1], name: '枣阳市', tier: 'county' as const, parent: 'city' },
  ].map((plan) => ({ ...plan, clients: scenario.clientsOf(plan.id) }));

/** True when every record is where it belongs and the streams reconciled. */
async function run(scenario: Scenario, nodes: readonly NodeAccess[]): Promise<boolean> {
  const [province, city, one, other] = nodes;
  if (!province || !city || !one || !other) throw new Error('four nodes are needed');
  const demo: DemoNodes = { city, counties: [one, other] };
  for (const { node } of nodes) console.log(`${node.name} (${node.tier}) ${node.origin}`);
  const totals = newTotals();
  const started = performance.now();
  await scenario.loadDirectory(demo, totals);
  await waitForStreams(nodes, 'directory on its way down');
  await scenario.loadRecords(demo, totals);
  await waitForStreams(nodes, 'records on their way up');
  const seconds = (performance.now() - started) / 1000;
  const patients = scenario.expected().get('Patient') ?? 0;
  const population = await waitForPopulation(city, { patients, limitMs: settleLimitMs });
  if (population) await waitForStreams(nodes, 'people on their way up and down');

  console.log(`\n${formatFigures(await Promise.all(nodes.map(readFigures)), seconds)}`);
  printRefused(totals);
  if (population) await printPopulation(population, city, scenario);
  const complete = await compareCounts(scenario.expected(), [city, province]);
  const equal = await reconcile(nodes);
  await printAddresses(nodes);
  return complete && equal;
}

async function waitForStreams(nodes: readonly NodeAccess[], what: string): Promise<void> {
  const progress = showProgress(what);
  let most = 0;
  await settle(nodes, {
    limitMs: settleLimitMs,
    onWaiting(waiting) {
      most = Math.max(most, waiting);
      progress.update(most - waiting, most);
    },
  });
  progress.stop();
}

function printRefused({ refused }: LoadTotals): void {
  if (refused.length === 0) return;
  console.log(`${refused.length} refused:`);
  for (const line of refused) console.log(`  ${line}`);
}

async function reconcile(nodes: readonly NodeAccess[]): Promise<boolean> {
  console.log('\nReconciliation, each stream asked from both ends:');
  let equal = true;
  for (const node of nodes) {
    const report = await node.reconcile();
    process.stdout.write(`${node.node.name}\n${formatReport(report).replace(/^(?=.)/gm, '  ')}`);
    equal &&= report.equal;
  }
  return equal;
}

async function printAddresses(nodes: readonly NodeAccess[]): Promise<void> {
  console.log('\nTo try (the token is good for five minutes):');
  for (const { node, base } of nodes) console.log(`  curl -s ${base}/metadata   # ${node.name}`);
  const [province] = nodes;
  if (!province) return;
  console.log(`  TOKEN=${await province.token()}`);
  for (const path of [
    'Patient?_count=2&_total=accurate',
    'Observation?_sort=-_lastUpdated&_count=1&_pretty=true',
  ]) {
    console.log(`  curl -s -H "Authorization: Bearer $TOKEN" '${province.base}/${path}'`);
  }
  console.log(`  curl -s -H "Authorization: Bearer $TOKEN" ${province.node.origin}/api/volumes`);
}

function size(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('a whole number above 0 is needed');
  return value;
}

main()
  .catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  })
  // What was interrupted would go on asking the nodes that are no more.
  .finally(() => process.exit());
