import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { expect } from 'chai';

import { connect, openMongoStore, prepareStore } from '../../src/adapters/mongo/index.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { createLogger } from '../../src/adapters/system/logger.js';
import type { Store } from '../../src/ports/store.js';
import {
  findMongoProgram,
  freePort,
  startMongo,
  type MongoPlace,
  type MongoProcess,
  type MongoProgram,
} from '../../scripts/test/mongo-process.js';
import { failureOf } from '../support/failure-of.js';
import { fhirRequest } from '../support/fhir-request.js';
import { newDatabase, sayNoMongo } from '../support/mongo-server.js';
import { startServerProxy, type ServerProxy } from '../support/server-proxy.js';
import { startNode } from '../support/start-node.js';
import { commit, keyOf, put, unitOf } from './store-units.js';

const logger = createLogger({ level: 'silent', node: 'node-a' });
const found = findMongoProgram();

if (found) faultTests(found);
else sayNoMongo();

/** Each fault on a server of its own process: bounded waiting, nothing half, nothing lost, and on without reopening. */
function faultTests(program: MongoProgram): void {
  describe('faults of MongoDB', function () {
    this.timeout(60_000);
    let place: MongoPlace;
    let server: MongoProcess;
    let url: string;
    let proxy: ServerProxy;
    const opened: Store[] = [];

    before(async () => {
      const storage = await mkdtemp(join(tmpdir(), 'rhie-mongo-'));
      place = { program, storage, port: await freePort() };
      server = await startMongo(place);
    });
    beforeEach(async () => {
      url = newDatabase(server.url);
      const connection = await connect(url);
      await prepareStore(connection);
      await connection.close();
      proxy = await startServerProxy({ host: '127.0.0.1', port: place.port });
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      await proxy.close();
    });
    after(async () => {
      await server.stop();
      await rm(place.storage, { recursive: true, force: true });
    });

    /** With short bounds, where they are not given. */
    const open = async (bounds: Bounds, patienceMs = 1_000): Promise<Store> => {
      const address = new URL(url);
      const { through, ...settings } = bounds;
      if (through) {
        address.port = String(through.port);
        address.search = '?directConnection=true';
      }
      for (const [name, value] of Object.entries({ serverSelectionTimeoutMS: 500, ...settings })) {
        address.searchParams.set(name, String(value));
      }
      const store = openMongoStore({
        url: address.href,
        clock: systemClock,
        nodeId: 'node-a',
        logger,
        patienceMs,
      });
      await store.open();
      opened.push(store);
      return store;
    };

    it('keeps each answered commit once, and none by half, when the server is killed in mid-write', async () => {
      const store = await open({ serverSelectionTimeoutMS: 10_000 }, 30_000);
      const writers = startWriters(store, 16);
      for (let round = 0; round < 5; round += 1) {
        await pause(150 + 100 * round);
        await server.kill();
        server = await startMongo(place);
        await writers.untilAnswered(32);
      }
      await writers.stop();
      await expectKept(store, writers);
    });

    it('refuses what waits together, within bounds, while the server is away, and goes on after', async () => {
      const store = await open({});
      const writers = startWriters(store, 16);
      await writers.untilAnswered(32);
      await server.kill();
      const large = Array.from({ length: 8 }, (_, unit) => unitOf(...manyPuts(`large-${String(unit)}`)));
      const started = performance.now();
      const failures = await Promise.all([
        ...large.map((unit) => failureOf(store.commit(unit))),
        failureOf(store.read([keyOf('w0-1-a')])),
        failureOf(store.status()),
        failureOf(store.ping()),
      ]);
      expect(failures.map((failure) => failure?.category)).to.deep.equal(failures.map(() => 'busy'));
      expect(performance.now() - started).to.be.below(4_000);
      server = await startMongo(place);
      await writers.untilAnswered(32);
      await writers.stop();
      expect(writers.refused.size).to.be.above(0);
      await expectKept(store, writers);
    });

    it('works through a server that answers slowly', async () => {
      const store = await open({ through: proxy });
      proxy.delayAnswers(40);
      const started = performance.now();
      for (const id of ['a', 'b', 'c']) await commit(store, put({ id }));
      expect((await store.read([keyOf('c')]))[0]?.versionId).to.equal(1);
      expect(performance.now() - started).to.be.above(3 * 3 * 40);
    });

    it('ends what a server leaves unanswered, and goes on when it answers again', async () => {
      const store = await open({ through: proxy, connectTimeoutMS: 500, heartbeatFrequencyMS: 500 });
      const writers = startWriters(store, 16);
      await writers.untilAnswered(32);
      proxy.stall();
      const started = performance.now();
      const failures = await Promise.all([
        ...[1, 2, 3, 4].map((id) => failureOf(store.commit(unitOf(put({ id: String(id) }))))),
        failureOf(store.read([keyOf('1')])),
        failureOf(store.readLog(wholeLog)),
      ]);
      expect(failures.map((failure) => failure?.category)).to.deep.equal(failures.map(() => 'busy'));
      expect(performance.now() - started).to.be.below(6_000);
      proxy.resume();
      await writers.untilAnswered(32);
      await writers.stop();
      await expectKept(store, writers);
    });

    // The driver sends a commit that was not answered once more, so that the second silence is the store's to clear up.
    for (const [moment, times] of [
      ['insert', 1],
      ['find', 1],
      ['commitTransaction', 1],
      ['commitTransaction', 2],
    ] as const) {
      it(`carries out each commit once where ${moment} is not answered ${String(times)} times`, async () => {
        const store = await open({ through: proxy, socketTimeoutMS: 400 }, 10_000);
        for (let unit = 0; unit < 4; unit += 1) {
          if (unit % 2 === 0) proxy.muteAfter(moment, times);
          await commit(store, put({ id: `r${String(unit)}` }));
        }
        expect(proxy.mutes()).to.equal(2 * times);
        expect((await store.status()).lastSequence).to.equal(4);
        expect(await countOf(store)).to.equal(4);
      });
    }

    it('decides a commit that was not answered after another process has committed many times', async () => {
      const store = await open({ through: proxy, socketTimeoutMS: 3_000 }, 30_000);
      const other = await open({});
      await commit(store, put({ id: 'first' }));
      // Both silences: the driver's own repetition is not answered, so that the store has to find out.
      proxy.muteAfter('commitTransaction', 2);
      const unanswered = store.commit(unitOf(put({ id: 'unanswered' })));
      while (proxy.mutes() === 0) await pause(5);
      for (let unit = 0; unit < othersCommits; unit += 1)
        await commit(other, put({ id: `o${String(unit)}` }));
      const between = proxy.mutes();
      expect((await unanswered).ok).to.equal(true);
      // It was decided after the others, of which none ended it.
      expect([between, proxy.mutes()]).to.deep.equal([1, 2]);
      const { entries } = await store.readLog(wholeLog);
      expect(entries.map(({ key }) => key.id)).to.deep.equal([
        'first',
        'unanswered',
        ...Array.from({ length: othersCommits }, (_, unit) => `o${String(unit)}`),
      ]);
      expect(await countOf(store)).to.equal(entries.length);
      await commit(store, put({ id: 'after' }));
    });

    it('refuses what finds no free connection, and has them again when the server answers', async () => {
      const store = await open({ through: proxy, maxPoolSize: 2, waitQueueTimeoutMS: 400 });
      await commit(store, put({ id: 'a' }));
      proxy.stall();
      const holding = [1, 2].map(() => store.read([keyOf('a')]));
      const started = performance.now();
      const failures = await Promise.all([
        ...Array.from({ length: 50 }, () => failureOf(store.read([keyOf('a')]))),
        failureOf(store.commit(unitOf(put({ id: 'b' })))),
      ]);
      expect(failures.map((failure) => failure?.category)).to.deep.equal(failures.map(() => 'busy'));
      expect(performance.now() - started).to.be.below(2_000);
      proxy.resume();
      expect((await Promise.all(holding)).map(([version]) => version?.versionId)).to.deep.equal([1, 1]);
      await commit(store, put({ id: 'c' }));
    });

    it('commits while more reads wait than there are connections', async () => {
      const store = await open({ maxPoolSize: 2 });
      await commit(store, put({ id: 'a' }));
      let reading = true;
      const readers = Array.from({ length: 100 }, async () => {
        while (reading) await store.read([keyOf('a')]);
      });
      for (let unit = 0; unit < 5; unit += 1) await commit(store, put({ id: `b${String(unit)}` }));
      reading = false;
      await Promise.all(readers);
    });

    it('is told to clients as 503 with Retry-After, and to the health check', async () => {
      const node = await startNode({ store: await open({}) });
      const write = (id: string) =>
        fhirRequest(`${node.base}/Patient/${id}`, { method: 'PUT', body: { resourceType: 'Patient', id } });
      try {
        expect((await write('a')).status).to.equal(201);
        expect((await fetch(`${node.origin}/health/ready`)).status).to.equal(200);
        await server.kill();
        for (const answer of [await write('b'), await fhirRequest(`${node.base}/Patient/a`)]) {
          expect(answer.status).to.equal(503);
          expect(Number(answer.headers.get('retry-after'))).to.be.above(0);
        }
        const health = await fhirRequest(`${node.origin}/health/ready`);
        expect([health.status, health.json['status']]).to.deep.equal([503, 'unreachable']);
        server = await startMongo(place);
        expect((await write('b')).status).to.equal(201);
        expect((await fhirRequest(`${node.base}/Patient/a`)).status).to.equal(200);
        expect((await fetch(`${node.origin}/health/ready`)).status).to.equal(200);
      } finally {
        await node.close();
      }
    });
  });
}

/** What a connection string says, and the way to the server. */
interface Bounds {
  readonly through?: ServerProxy;
  readonly serverSelectionTimeoutMS?: number;
  readonly connectTimeoutMS?: number;
  readonly heartbeatFrequencyMS?: number;
  readonly socketTimeoutMS?: number;
  readonly waitQueueTimeoutMS?: number;
  readonly maxPoolSize?: number;
}

/** More than the store could keep names of, were it to keep those of the last transactions. */
const othersCommits = 150;

const wholeLog = { lane: 'clinical', after: 0, limit: 100_000, maxBytes: Number.MAX_SAFE_INTEGER } as const;

interface Writers {
  /** Names of the units by how they ended. */
  readonly answered: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  /** Resolves when so many more units have been answered. */
  untilAnswered(more: number): Promise<void>;
  /** Resolves when all have ended; throws what was no FhirError `busy`. */
  stop(): Promise<void>;
}

/** Each commits one unit of two resources after the other. */
function startWriters(store: Store, count: number): Writers {
  const answered = new Set<string>();
  const refused = new Set<string>();
  let writing = true;
  const write = async (writer: number): Promise<void> => {
    for (let unit = 1; writing; unit += 1) {
      const name = `w${String(writer)}-${String(unit)}`;
      const work = store.commit(unitOf(put({ id: `${name}-a` }), put({ id: `${name}-b` })));
      const failure = await failureOf(work);
      if (!failure) answered.add(name);
      else {
        expect(failure.category).to.equal('busy');
        refused.add(name);
      }
    }
  };
  const ended = Promise.all(Array.from({ length: count }, (_, writer) => write(writer)));
  ended.catch(() => void (writing = false));
  return {
    answered,
    refused,
    async untilAnswered(more) {
      const wanted = answered.size + more;
      while (answered.size < wanted) await Promise.race([pause(10), ended]);
    },
    async stop() {
      writing = false;
      await ended;
    },
  };
}

async function expectKept(store: Store, { answered, refused }: Writers): Promise<void> {
  const { entries } = await store.readLog(wholeLog);
  expect(entries.map(({ position }) => position.sequence)).to.deep.equal(
    entries.map((_, place) => place + 1),
  );
  expect((await store.status()).lastSequence).to.equal(entries.length);
  expect(await countOf(store)).to.equal(entries.length);
  const ids = entries.map(({ key }) => key.id);
  expect(new Set(ids).size).to.equal(ids.length);
  const halves = new Map<string, number>();
  for (const id of ids) halves.set(id.slice(0, -2), (halves.get(id.slice(0, -2)) ?? 0) + 1);
  for (const name of answered) expect(halves.get(name), name).to.equal(2);
  for (const name of refused) expect(halves.get(name) ?? 2, name).to.equal(2);
}

const countOf = async (store: Store): Promise<number> =>
  (await store.counts({})).reduce((sum, { n }) => sum + n, 0);

/** As many as one transaction takes. */
const manyPuts = (name: string) =>
  Array.from({ length: 1_500 }, (_, place) => put({ id: `${name}-${String(place)}` }));
