import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';
import type { Patient } from 'fhir/r4.js';

import type { NodeAccess } from '../../scripts/network/node-access.js';
import { sendPatiently } from '../../src/cli/load/send-patiently.js';
import { mongoServer, sayNoMongo } from '../support/mongo-server.js';
import { startProcessRegion, type ProcessRegion } from '../support/node-processes.js';

const count = 3;
const sleepMs = 10_000;
/** Who commits nothing for so long, of the time looked at, is kept by another process. */
const [keptMs, lookMs] = [1_000, 1_500];
/** Others end what a silent process has begun after 5 s, seen each second. */
const longestStandstillMs = 9_000;

if (mongoServer === undefined) sayNoMongo();
else faultTests(mongoServer);

/** Processes of one node that stop without a word, under load. */
function faultTests(server: string): void {
  describe('processes of one node, stopped without a word', function () {
    this.timeout(180_000);
    let region: ProcessRegion;
    let load: Load | undefined;

    before(async () => {
      region = await startProcessRegion(server, { count, alone: true });
    });
    after(async () => {
      // Undefined where it did not come up.
      await (region as ProcessRegion | undefined)?.close();
    });

    afterEach(async () => {
      for (const { pid } of region.processes) if (pid !== undefined) process.kill(pid, 'SIGCONT');
      await load?.stop();
      load = undefined;
    });

    it('make one resource of a request that reaches several of them at once', async () => {
      const before = await region.city.count('Patient');
      for (let round = 0; round < 40; round += 1) {
        const request = {
          ...creation(`same-${String(round)}`),
          headers: { 'X-Request-ID': `same-${String(round)}` },
        };
        const answers = await Promise.all(
          Array.from({ length: 2 * count }, (_, place) => send(region.accesses[place % count], request)),
        );
        expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([201]));
        expect(new Set(answers.map(({ body }) => (body as Patient).id)).size).to.equal(1);
      }
      expect(await region.city.count('Patient')).to.equal(before + 40);
    });

    it('lose and double nothing, and do not keep the others, when one sleeps in mid-transaction', async () => {
      const running = (load = await startLoad(region, 'asleep'));
      for (const [place, { pid = 0 }] of region.processes.slice(0, 2).entries()) {
        const read = (): number => running.answeredBut(place);
        do {
          process.kill(pid, 'SIGCONT');
          await running.untilAnswered(30);
          process.kill(pid, 'SIGSTOP');
          // Where the others go on, no transaction of its was under way.
        } while ((await longestStandstill(lookMs, read)) < keptMs);
        const standstill = await longestStandstill(sleepMs - lookMs, read);
        process.kill(pid, 'SIGCONT');
        expect(standstill + lookMs).to.be.below(longestStandstillMs);
      }
      await running.untilAnswered(60);
      await running.stop();
      await running.expectKept();
    });

    it('lose and double nothing when all are killed at once and started again', async () => {
      const running = (load = await startLoad(region, 'killed'));
      for (let round = 0; round < 2; round += 1) {
        await running.untilAnswered(60);
        await Promise.all(region.processes.map((process) => process.kill()));
        await Promise.all(region.processes.map((process) => process.start()));
      }
      await running.untilAnswered(60);
      await running.stop();
      await running.expectKept();
    });
  });
}

interface Creation {
  readonly method: 'POST';
  readonly path: string;
  readonly body: string;
}

const system = 'urn:test:load';

function creation(value: string): Creation {
  const body = JSON.stringify({ resourceType: 'Patient', identifier: [{ system, value }] });
  return { method: 'POST', path: 'Patient', body };
}

function send(access: NodeAccess | undefined, request: Parameters<typeof sendPatiently>[1]) {
  if (!access) throw new Error('there are several processes');
  return sendPatiently(access.client('hospital'), request);
}

interface Load {
  untilAnswered(more: number): Promise<void>;
  /** By the processes but one. */
  answeredBut(place: number): number;
  stop(): Promise<void>;
  /** What was sent is held once, and counted so. */
  expectKept(): Promise<void>;
}

const clientsOfEach = 4;

/** Clients of every process, each of which sends Patients until they are taken. */
async function startLoad({ accesses, city }: ProcessRegion, name: string): Promise<Load> {
  const answered = accesses.map(() => 0);
  const sent: string[] = [];
  const before = await accepted(city);
  let sending = true;
  const client = async (place: number): Promise<void> => {
    while (sending) {
      const value = `${name}-${randomUUID()}`;
      const answer = await send(accesses[place], { ...creation(value), headers: { 'X-Request-ID': value } });
      expect(answer.status).to.equal(201);
      sent.push(value);
      answered[place] = (answered[place] ?? 0) + 1;
    }
  };
  const ended = Promise.all(
    accesses.flatMap((_, place) => Array.from({ length: clientsOfEach }, () => client(place))),
  );
  ended.catch(() => void (sending = false));
  return {
    async untilAnswered(more) {
      const wanted = answered.map((n) => n + more / accesses.length);
      while (answered.some((n, place) => n < (wanted[place] ?? 0))) await Promise.race([pause(10), ended]);
    },
    answeredBut: (place) => answered.reduce((sum, n, other) => (other === place ? sum : sum + n), 0),
    async stop() {
      sending = false;
      await ended;
    },
    async expectKept() {
      const held: string[] = [];
      for await (const resource of city.resources('Patient?_count=500')) {
        const { identifier = [] } = resource as Patient;
        held.push(...identifier.flatMap(({ value = '' }) => (value.startsWith(`${name}-`) ? [value] : [])));
      }
      expect(held.sort()).to.deep.equal(sent.sort());
      expect((await accepted(city)) - before).to.equal(sent.length);
    },
  };
}

async function accepted(city: NodeAccess): Promise<number> {
  const rows = await city.volumes();
  return rows.reduce(
    (sum, { series, type, n }) => sum + (series === 'accepted' && type === 'Patient' ? n : 0),
    0,
  );
}

/** Milliseconds for which a number has stood still at most, looked at for so long. */
async function longestStandstill(forMs: number, read: () => number): Promise<number> {
  const endMs = performance.now() + forMs;
  let [last, sinceMs, longestMs] = [read(), performance.now(), 0];
  while (performance.now() < endMs) {
    await pause(20);
    longestMs = Math.max(longestMs, performance.now() - sinceMs);
    if (read() !== last) [last, sinceMs] = [read(), performance.now()];
  }
  return longestMs;
}
