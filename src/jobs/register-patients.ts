import { followedTypes, type Registrar } from '../domain/mpi/index.js';
import { FhirError } from '../fhir/fhir-error.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Position, Store } from '../ports/store.js';
import { createBell, pause } from './bell.js';
import { keepLease, type LeaseTimes } from './keep-lease.js';

export interface RegistrationDeps {
  readonly store: Pick<Store, 'readLog' | 'cursor' | 'commit' | 'lease' | 'watch' | 'status'>;
  /** Makes an empty one: whoever takes over the lease begins with what the store holds. */
  readonly createRegistrar: () => Registrar;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly leaseTimes?: Partial<LeaseTimes>;
}

/** The follower of the log that keeps the person index. */
export interface Registration {
  start(): Promise<void>;
  stop(): Promise<void>;
  progress(): Promise<RegistrationProgress>;
}

export interface RegistrationProgress {
  /** Sequence of the log up to which every Patient is registered. */
  readonly settled: number;
  readonly logEnd: number;
  /** Everything that the log held when asked is registered. */
  readonly complete: boolean;
  /** Blocks that held too many records, since the start of this process. */
  readonly cutBlocks: number;
}

const cursorName = 'mpi';
const leaseName = 'mpi';
const lane = 'workflow';
/** Registrations that ride in one commit. */
const pageEntries = 200;
const pageBytes = 4_000_000;
/** Without a ring the log is looked at so often. */
const idleMs = 1_000;
/** Rings of a busy log, most of them for other lanes, are taken together for so long. */
const gatherMs = 5;
const retryMs = 500;
/** After somebody else has written what a commit rests on. */
const lostRaceMs = 20;
/** Where nothing is registered, the position is stored so often at most: entries of others are skipped again quickly. */
const saveMs = 1_000;

export function createRegistration(deps: RegistrationDeps): Registration {
  const { store, ids, logger } = deps;
  const bell = createBell();
  const running = { settled: 0, cutBlocks: 0 };
  const lease = keepLease(
    {
      store,
      logger,
      name: leaseName,
      holder: ids.uuid(),
      ...(deps.leaseTimes ? { times: deps.leaseTimes } : {}),
    },
    (signal) => run(deps, { signal, bell, running }),
  );
  let unwatch = (): void => undefined;
  return {
    async start() {
      running.settled = (await store.cursor(cursorName))?.sequence ?? 0;
      unwatch = store.watch(bell.ring);
      await lease.start();
    },
    async stop() {
      unwatch();
      const stopped = lease.stop();
      bell.ring();
      await stopped;
    },
    async progress() {
      const { lastSequence } = await store.status();
      const settled = lease.held() ? running.settled : ((await store.cursor(cursorName))?.sequence ?? 0);
      return {
        settled,
        logEnd: lastSequence,
        complete: settled >= lastSequence,
        cutBlocks: running.cutBlocks,
      };
    },
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly bell: ReturnType<typeof createBell>;
  readonly running: { settled: number; cutBlocks: number };
}

async function run(deps: RegistrationDeps, { signal, bell, running }: Run): Promise<void> {
  const registrar = deps.createRegistrar();
  signal.addEventListener('abort', bell.ring);
  const at = await startOf(deps);
  while (!signal.aborted) {
    try {
      const idle = await step(deps, { registrar, at, signal });
      running.settled = at.after;
      running.cutBlocks = registrar.figures.cutBlocks;
      if (!idle || signal.aborted) continue;
      await bell.wait(idleMs);
      await pause(gatherMs, signal);
    } catch (error) {
      registrar.reset();
      const reason = error instanceof FhirError ? error.message : '';
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error({ error: name, reason }, 'registering patients was interrupted and goes on');
      await pause(retryMs, signal);
      Object.assign(at, await startOf(deps).catch(() => at));
    }
  }
}

/** How far the log was followed: stored, and since. */
interface Place {
  saved: Position | undefined;
  savedAtMs: number;
  after: number;
}

async function startOf({ store }: RegistrationDeps): Promise<Place> {
  const saved = await store.cursor(cursorName);
  return { saved, savedAtMs: performance.now(), after: saved?.sequence ?? 0 };
}

interface Step {
  readonly registrar: Registrar;
  readonly at: Place;
  readonly signal: AbortSignal;
}

/** One page of the log; true where there was nothing in it. */
async function step(deps: RegistrationDeps, { registrar, at, signal }: Step): Promise<boolean> {
  const { after } = at;
  const page = await deps.store.readLog({ lane, after, limit: pageEntries, maxBytes: pageBytes });
  await registrar.follow(page.entries.filter(({ key }) => followedTypes.has(key.type)));
  const isDue = page.upTo.sequence > (at.saved?.sequence ?? 0) && performance.now() - at.savedAtMs > saveMs;
  if (registrar.waiting || isDue) {
    const cursor = { kind: 'move-cursor', name: cursorName, from: at.saved, to: page.upTo } as const;
    if (await registrar.commit(cursor)) {
      Object.assign(at, { saved: page.upTo, savedAtMs: performance.now(), after: page.upTo.sequence });
    } else {
      Object.assign(at, await startOf(deps));
      await pause(lostRaceMs, signal);
    }
  } else at.after = page.upTo.sequence;
  return page.entries.length === 0;
}
