import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { addCounts } from '../../scripts/demo/scenario.js';
import { settle } from '../../scripts/demo/settle.js';
import type { NodeAccess } from '../../scripts/network/node-access.js';
import type { RegionBundle } from '../../scripts/region/generate-region.js';
import { createRandom } from '../../scripts/region/random.js';
import { loadUnits, newTotals } from '../../src/cli/load/load-units.js';
import type { Change } from '../../src/ports/store.js';
import { mongoServer, sayNoMongo } from '../support/mongo-server.js';
import { openDatabase } from '../support/mongo-database.js';
import { startProcessRegion, type ProcessRegion } from '../support/node-processes.js';
import { eventually } from '../support/region.js';
import { unitsOf, whileTrue } from '../support/region-units.js';

const count = 3;
const kills = 8;

if (mongoServer === undefined) sayNoMongo();
else processTests(mongoServer);

/** Several processes of one node on one store, as real processes under load. */
function processTests(server: string): void {
  describe('processes of one node on one store', function () {
    this.timeout(240_000);
    let region: ProcessRegion;
    let tokens: readonly string[];

    before(async () => {
      region = await startProcessRegion(server, { count });
      tokens = await Promise.all(region.accesses.map((access) => access.tokenOf('hospital')));
    });
    after(async () => {
      // Undefined where it did not come up.
      await (region as ProcessRegion | undefined)?.close();
    });

    /** Sends to one of the processes. */
    const send = (place: number, { path, method, headers, body }: Sent): Promise<Response> =>
      fetch(`${region.accesses[place % count]?.base ?? ''}/${path}`, {
        method: method ?? 'GET',
        headers: {
          authorization: `Bearer ${tokens[place % count] ?? ''}`,
          'content-type': 'application/fhir+json',
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });

    it('fire each timer once, also when one of them is killed meanwhile', async () => {
      const { store, url, remove } = await openDatabase(server);
      const dueAt = new Date().toISOString();
      const timers = Array.from({ length: 120 }, (_, place): Change => {
        const id = `t${String(place)}`;
        return { kind: 'set-timer', timer: { id, key: { type: 'Task', id }, event: 'expire', dueAt } };
      });
      await store.commit({ changes: timers, guards: [] });
      const firers = Array.from({ length: count }, () => fork(firer, [url]));
      await Promise.all(firers.map((process) => once(process, 'message')));
      await eventually(async () => (await store.status()).lastSequence > 20);
      firers[0]?.kill('SIGKILL');
      await eventually(async () => (await store.dueTimers({ now: dueAt, limit: 1 })).length === 0);
      const ended = firers.slice(1).map((process) => once(process, 'exit'));
      for (const process of firers) process.kill('SIGTERM');
      await Promise.all(ended);
      const { total, versions } = await store.history({ kind: 'type', type: 'Task' }, { limit: 500 });
      expect(total).to.equal(timers.length);
      expect(new Set(versions.map(({ key }) => key.id)).size).to.equal(timers.length);
      await store.close();
      await remove();
    });

    it('make one resource of identical conditional creates', async () => {
      for (let round = 0; round < 40; round += 1) {
        const value = `same-${String(round)}`;
        const body = { resourceType: 'Patient', identifier: [{ system: 'urn:test', value }] };
        const headers = { 'if-none-exist': `identifier=urn:test|${value}` };
        const answers = await Promise.all(
          Array.from({ length: 2 * count }, (_, place) =>
            send(place, { path: 'Patient', method: 'POST', headers, body }),
          ),
        );
        const statuses = answers.map(({ status }) => status).sort();
        expect(statuses, value).to.deep.equal([...Array<number>(2 * count - 1).fill(200), 201]);
        const places = answers.map((answer) => answer.headers.get('location'));
        expect(new Set(places).size).to.equal(1);
      }
    });

    it('lose no update', async () => {
      const id = randomUUID();
      const [writers, steps] = [2 * count, 15];
      const path = `Observation/${id}`;
      const observation = (valueInteger: number) => ({
        resourceType: 'Observation',
        id,
        status: 'final',
        code: { text: 'counter' },
        valueInteger,
      });
      expect((await send(0, { path, method: 'PUT', body: observation(0) })).status).to.equal(201);
      await Promise.all(
        Array.from({ length: writers }, async (_, place) => {
          for (let done = 0; done < steps;) {
            const read = await send(place, { path });
            const { valueInteger } = (await read.json()) as { valueInteger: number };
            const headers = { 'if-match': read.headers.get('etag') ?? '' };
            const body = observation(valueInteger + 1);
            const { status } = await send(place, { path, method: 'PUT', headers, body });
            if (status === 200) done += 1;
            else expect(status).to.be.oneOf([409, 412]);
          }
        }),
      );
      const end = await send(1, { path });
      expect(await end.json()).to.include({ valueInteger: writers * steps });
      expect(end.headers.get('etag')).to.equal(`W/"${String(writers * steps + 1)}"`);
    });

    it('show nothing worse than a retryable 503 while they are restarted in turn', async () => {
      const seen: { status: number; retryAfter: string | null }[] = [];
      const failures: string[] = [];
      let running = true;
      const token = tokens[0] ?? '';
      const clients = Array.from({ length: 6 }, async (_, client) => {
        for (let n = 0; running; n += 1) {
          const write = n % 2 === 0;
          try {
            const answer = await fetch(`${region.city.base}/Patient${write ? '' : '?_count=1'}`, {
              method: write ? 'POST' : 'GET',
              headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
              ...(write
                ? { body: JSON.stringify({ resourceType: 'Patient', language: `x-${String(client)}` }) }
                : {}),
            });
            await answer.arrayBuffer();
            seen.push({ status: answer.status, retryAfter: answer.headers.get('retry-after') });
          } catch (error) {
            failures.push(String((error as { cause?: unknown }).cause ?? error));
          }
        }
      });
      for (const process of region.processes) {
        await process.stop();
        await delay(300);
        await process.start();
        await delay(300);
      }
      running = false;
      await Promise.all(clients);
      expect(failures).to.deep.equal([]);
      expect(seen.length).to.be.above(100);
      const bad = seen.filter(({ status, retryAfter }) =>
        status === 503 ? retryAfter === null : status !== 200 && status !== 201,
      );
      expect(bad).to.deep.equal([]);
    });

    it('lose nothing and send nothing twice when they are killed under load', async () => {
      await settle([region.city, ...region.others], { limitMs: 30_000 });
      const nodes = [region.city, ...region.others];
      const before = await Promise.all(nodes.map(acceptedBy));
      const sent = new Map<string, number>();
      let killed = 0;
      const random = createRandom('process-kills');
      const killing = (async () => {
        while (killed < kills) {
          await delay(random.between(300, 1_500));
          const victim = random.pick(region.processes);
          await victim.kill();
          killed += 1;
          await victim.start();
        }
      })();
      await load(region.city, { bundles: whileTrue(visits(), () => killed < kills), sent });
      await killing;
      await settle(nodes, { limitMs: 60_000 });
      expect(sent.get('Patient')).to.be.above(kills);
      for (const node of nodes) {
        const report = await node.reconcile();
        expect(report.equal, JSON.stringify(report)).to.equal(true);
      }
      const after = await Promise.all(nodes.map(acceptedBy));
      const total = [...sent.values()].reduce((sum, n) => sum + n, 0);
      expect((after[0]?.accepted ?? 0) - (before[0]?.accepted ?? 0)).to.equal(total);
      expect((after[1]?.replicated ?? 0) - (before[1]?.replicated ?? 0)).to.equal(total);
      expect(after[0]?.reported).to.equal(after[0]?.acknowledged);
    });
  });
}

const firer = fileURLToPath(new URL('../support/timer-firer.js', import.meta.url));

interface Sent {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function acceptedBy(node: NodeAccess): Promise<Record<string, number>> {
  const sums: Record<string, number> = {};
  for (const { series, n } of await node.volumes()) sums[series] = (sums[series] ?? 0) + n;
  return sums;
}

const readings = 4;

/** Without end: a Patient and what was measured of them, in a transaction. */
function* visits(): Generator<RegionBundle> {
  for (;;) {
    const subject = `urn:uuid:${randomUUID()}`;
    const entryOf = (resource: { resourceType: string }, fullUrl: string) => ({
      fullUrl,
      resource,
      request: { method: 'POST', url: resource.resourceType },
    });
    const reading = (value: number) => ({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'reading' },
      subject: { reference: subject },
      valueInteger: value,
    });
    const entry = [
      entryOf({ resourceType: 'Patient' }, subject),
      ...Array.from({ length: readings }, (_, n) => entryOf(reading(n), `urn:uuid:${randomUUID()}`)),
    ];
    const text = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    yield {
      text,
      adds: new Map([
        ['Patient', 1],
        ['Observation', readings],
      ]),
    };
  }
}

interface Loading {
  readonly bundles: Iterable<RegionBundle>;
  /** Takes what was accepted, by type. */
  readonly sent: Map<string, number>;
}

async function load(node: NodeAccess, { bundles, sent }: Loading): Promise<void> {
  const totals = newTotals();
  await loadUnits(
    {
      units: unitsOf(bundles),
      targetOf: () => node.client('hospital'),
      parallel: 6,
      onAnswer: (unit, { refused }) => {
        if (refused.length === 0) addCounts(sent, unit.adds);
      },
    },
    totals,
  );
  expect(totals.refused).to.deep.equal([]);
}
