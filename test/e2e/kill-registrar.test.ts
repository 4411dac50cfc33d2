import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect } from 'chai';

import { openNode, type NodeAccess } from '../../scripts/network/node-access.js';
import { planNetwork } from '../../scripts/network/network-plan.js';
import { createNodeProcess, type NodeProcess } from '../../scripts/network/node-process.js';
import { generatePopulation } from '../../scripts/population/generate-population.js';
import { createRandom } from '../../scripts/region/random.js';
import { sendPatiently } from '../../src/cli/load/send-patiently.js';
import { openSqliteStore } from '../../src/adapters/sqlite/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { StoredVersion } from '../../src/ports/store.js';

const kills = 8;
const clients = 8;
const people = 600;

/** A node that is its own identity domain, killed while Patients arrive and are registered. */
describe('a registrar killed at random moments', function () {
  this.timeout(180_000);
  const random = createRandom('kill-registrar');
  let folder: string;
  let node: NodeAccess;
  let running: NodeProcess;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kill-mpi-'));
    const [planned] = await planNetwork(folder, [
      { id: 'city', name: 'city', tier: 'city', clients: [{ id: 'hospital', source: 'hospital' }] },
    ]);
    if (!planned) throw new Error('one node was planned');
    node = openNode(planned);
    running = createNodeProcess(planned);
    await running.start();
  });

  after(async () => {
    await running.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves every Patient in exactly one Person, or listed as of none', async () => {
    const bodies = generatePopulation({ seed: 'kill-registrar', size: people }).map(({ patient }) => patient);
    const sent: string[] = [];
    let next = 0;
    const sender = async (): Promise<void> => {
      for (let place = next++; place < bodies.length; place = next++) {
        const answer = await sendPatiently(node.client('hospital'), {
          method: 'POST',
          path: 'Patient',
          headers: { 'X-Request-ID': `kill-${String(place)}` },
          body: JSON.stringify(bodies[place]),
        });
        expect(answer.status).to.equal(201);
        sent.push((answer.body as { id: string }).id);
      }
    };
    let finished = false;
    const sending = Promise.all(Array.from({ length: clients }, sender)).then(() => (finished = true));
    for (let killed = 0; killed < kills; killed++) {
      await delay(random.between(100, 900));
      await running.kill();
      await running.start();
    }
    await sending;
    expect(finished).to.equal(true);
    await untilRegistered(node);
    await running.stop();

    const { persons, unmatchable } = await readPersons(join(folder, 'city', 'data'));
    const places = new Map<string, number>();
    for (const id of persons.flatMap(patientsOf)) places.set(id, (places.get(id) ?? 0) + 1);
    for (const id of unmatchable) places.set(id, (places.get(id) ?? 0) + 1);
    expect(sent.filter((id) => places.get(id) !== 1)).to.deep.equal([]);
    expect(places.size).to.equal(sent.length);
    expect(sent.length).to.be.greaterThan(people);
  });
});

async function untilRegistered({ node: { origin } }: NodeAccess): Promise<void> {
  for (;;) {
    const text = await (await fetch(`${origin}/metrics`)).text();
    if (/^rhie_mpi_waiting(?:\{[^}]*\})? 0$/m.test(text)) return;
    await delay(20);
  }
}

/** The current Persons as they lie in the stopped node's store, and the Patients that are of none. */
async function readPersons(
  directory: string,
): Promise<{ persons: StoredVersion[]; unmatchable: readonly string[] }> {
  const logger = createLogger({ level: 'silent', node: 'city' });
  const store = openSqliteStore({ directory, readers: 1, clock: systemClock, nodeId: 'city', logger });
  await store.open();
  const keys = [];
  for (let cursor: string | undefined; ;) {
    const page = await store.search({
      type: 'Person',
      where: { kind: 'and', of: [] },
      sort: { by: 'first-arrival', descending: false },
      limit: 500,
      total: 'none',
      ...(cursor === undefined ? {} : { cursor }),
    });
    keys.push(...page.matches.map(({ key }) => key));
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  const versions = await store.read(keys);
  const unmatchable = await store.unmatchable({ limit: 10_000 });
  await store.close();
  return { persons: versions.filter((version) => version !== undefined), unmatchable };
}

function patientsOf({ body }: StoredVersion): string[] {
  const { link = [] } = JSON.parse(body) as { link?: { target: { reference: string } }[] };
  return link.flatMap(({ target: { reference } }) =>
    reference.startsWith('Patient/') ? [reference.slice('Patient/'.length)] : [],
  );
}
