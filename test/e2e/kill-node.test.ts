import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { loadUnits, newTotals } from '../../src/cli/load/load-units.js';
import { planNetwork } from '../../scripts/network/network-plan.js';
import { type NodeAccess, openNode } from '../../scripts/network/node-access.js';
import { createNodeProcess, type NodeProcess } from '../../scripts/network/node-process.js';
import { addCounts } from '../../scripts/demo/scenario.js';
import { settle } from '../../scripts/demo/settle.js';
import { generateRegion, type RegionBundle } from '../../scripts/region/generate-region.js';
import { createRandom } from '../../scripts/region/random.js';
import { unitsOf, whileTrue } from '../support/region-units.js';

const kills = 20;
const clients = 8;
const region = generateRegion({ seed: 'kill', size: 100_000 });

describe('nodes killed at random moments', function () {
  this.timeout(180_000);
  const random = createRandom('kill-moments');
  let folder: string;
  let processes: NodeProcess[];
  let city: NodeAccess;
  let county: NodeAccess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kill-'));
    const planned = await planNetwork(folder, [
      { id: 'city', name: 'city', tier: 'city', clients: [{ id: 'directory', source: 'commission' }] },
      {
        id: 'county',
        name: 'county',
        tier: 'county',
        parent: 'city',
        clients: [{ id: 'hospital', source: 'hospital' }],
      },
    ]);
    processes = planned.map((node) => createNodeProcess(node));
    const [first, second] = planned.map(openNode);
    if (!first || !second) throw new Error('two nodes are needed');
    [city, county] = [first, second];
    await Promise.all(processes.map((process) => process.start()));
  });

  after(async () => {
    await Promise.all(processes.map((process) => process.kill()));
    rmSync(folder, { recursive: true, force: true });
  });

  it('lose nothing that was acknowledged and store nothing twice', async () => {
    const sent = new Map<string, number>();
    const totals = newTotals();
    const send = async (node: NodeAccess, client: string, bundles: Iterable<RegionBundle>): Promise<void> => {
      await loadUnits(
        {
          units: unitsOf(bundles),
          targetOf: () => node.client(client),
          parallel: clients,
          onAnswer: (unit, result) => {
            if (result.refused.length === 0) addCounts(sent, unit.adds);
          },
        },
        totals,
      );
    };
    const directory = [...region.directory()];
    await send(city, 'directory', directory.slice(0, 1));
    await send(city, 'directory', directory.slice(1));
    await settle([city, county], { limitMs: 30_000 });
    const directorySent = new Map(sent);

    let killed = 0;
    const killing = (async () => {
      while (killed < kills) {
        await delay(random.between(20, 900));
        const victim = random.pick(processes);
        await victim.kill();
        killed += 1;
        await victim.start();
      }
    })();
    await send(
      county,
      'hospital',
      whileTrue(region.visits(), () => killed < kills),
    );
    await killing;
    await settle([city, county], { limitMs: 60_000 });

    expect(totals.refused).to.deep.equal([]);
    expect(sent.get('Encounter')).to.be.greaterThan(kills);
    expect(await heldBy(city, sent)).to.deep.equal(sorted(sent));
    expect(await heldBy(county, sent)).to.deep.equal(sorted(sent));
    expect(directorySent.get('Practitioner')).to.equal(sent.get('Practitioner'));
    for (const node of [city, county]) {
      const report = await node.reconcile();
      expect(report.equal, JSON.stringify(report)).to.equal(true);
    }
  });
});

async function heldBy(node: NodeAccess, sent: ReadonlyMap<string, number>): Promise<[string, number][]> {
  const rows: [string, number][] = [];
  for (const type of [...sent.keys()].sort()) rows.push([type, await node.count(type)]);
  return rows;
}

const sorted = (sums: ReadonlyMap<string, number>): [string, number][] =>
  [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
