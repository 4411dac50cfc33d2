import { followedTypes, type ModelInUse, type Registrar } from '../domain/mpi/index.js';
import { FhirError } from '../fhir/fhir-error.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Position, Store } from '../ports/store.js';
import { createBell, pause } from './bell.js';
import { keepLease, type LeaseTimes } from './keep-lease.js';

export interface RegistrationDeps {
  readonly store: Pick<Store, 'readLog' | 'cursor' | 'commit' | 'lease' | 'watch' | 'status' | 'positionAt'>;
  /** Makes an empty one: whoever takes over the lease begins with what the store holds. */
  readonly createRegistrar: () => Registrar;
  /** The model by which Patients are placed. */
  readonly model: () => Promise<ModelInUse>;
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
  /** After a change of the model all Patients are placed anew; absent where that is done, or runs elsewhere. */
  readonly rematching?: { readonly model: string; readonly settled: number };
}

const cursorName = 'mpi';
/** Before the name of an activation: how far Patients are placed anew by it; and, once that is done, that it is. */
const rematchCursor = 'mpi-rematch/';
const rematchedCursor = 'mpi-rematched/';
const leaseName = 'mpi';
const lane = 'workflow';
/** Registrations that ride in one commit. */
const pageEntries = 500;
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

/** All Patients that were there when a model came into use were placed anew by it. */
export const isRematched = async (
  store: Pick<Store, 'cursor'>,
  { activation }: Pick<ModelInUse, 'activation'>,
): Promise<boolean> =>
  activation === '' || (await store.cursor(`${rematchedCursor}${activation}`)) !== undefined;

export function createRegistration(deps: RegistrationDeps): Registration {
  const { store, ids, logger } = deps;
  const bell = createBell();
  const running: Run['running'] = { settled: 0, cutBlocks: 0, rematching: undefined };
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
        ...(running.rematching ? { rematching: running.rematching } : {}),
      };
    },
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly bell: ReturnType<typeof createBell>;
  readonly running: {
    settled: number;
    cutBlocks: number;
    rematching: RegistrationProgress['rematching'] | undefined;
  };
}

async function run(deps: RegistrationDeps, { signal, bell, running }: Run): Promise<void> {
  const registrar = deps.createRegistrar();
  signal.addEventListener('abort', bell.ring);
  let at = await startOf(deps, cursorName);
  const rematch = createRematch(deps, { registrar, signal });
  while (!signal.aborted) {
    try {
      const idle = await step(deps, { registrar, at, signal, again: false });
      running.settled = at.after;
      running.cutBlocks = registrar.figures.cutBlocks;
      running.rematching = await rematch();
      if (!idle || running.rematching || signal.aborted) continue;
      await bell.wait(idleMs);
      await pause(gatherMs, signal);
    } catch (error) {
      registrar.reset();
      const reason = error instanceof FhirError ? error.message : '';
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error({ error: name, reason }, 'registering patients was interrupted and goes on');
      await pause(retryMs, signal);
      at = await startOf(deps, cursorName).catch(() => at);
    }
  }
}

/**
 * Places all Patients anew after the model was changed, a page a call, by the log from its beginning and a cursor of its
 * own, so that it goes on where it was after a restart. Undefined where there is nothing to do.
 */
function createRematch(
  deps: RegistrationDeps,
  { registrar, signal }: Pick<Step, 'registrar' | 'signal'>,
): () => Promise<RegistrationProgress['rematching'] | undefined> {
  let settled = '';
  let under: { readonly activation: string; readonly at: Place } | undefined;
  return async () => {
    const inUse = await deps.model();
    const { activation, model } = inUse;
    if (activation === settled) return undefined;
    if (under?.activation !== activation) {
      if (await isRematched(deps.store, inUse)) {
        settled = activation;
        return undefined;
      }
      under = { activation, at: await startOf(deps, `${rematchCursor}${activation}`) };
    }
    const { at } = under;
    // Read again where it was stored, should this page fail.
    under = undefined;
    const finished = await step(deps, { registrar, at, signal, again: true });
    under = { activation, at };
    if (!finished) return { model: model.version, settled: at.after };
    const to = at.saved ?? (await deps.store.positionAt(at.after));
    if (to) {
      const name = `${rematchedCursor}${activation}`;
      await deps.store.commit({
        changes: [{ kind: 'move-cursor', name, from: undefined, to }],
        guards: [],
      });
    }
    settled = activation;
    deps.logger.info({ model: model.version }, 'all patients were matched anew');
    return undefined;
  };
}

/** How far the log was followed: stored, and since. */
interface Place {
  readonly cursor: string;
  saved: Position | undefined;
  savedAtMs: number;
  after: number;
}

async function startOf({ store }: RegistrationDeps, cursor: string): Promise<Place> {
  const saved = await store.cursor(cursor);
  return { cursor, saved, savedAtMs: performance.now(), after: saved?.sequence ?? 0 };
}

interface Step {
  readonly registrar: Registrar;
  readonly at: Place;
  readonly signal: AbortSignal;
  readonly again: boolean;
}

/** One page of the log; true where there was nothing in it. */
async function step(deps: RegistrationDeps, { registrar, at, signal, again }: Step): Promise<boolean> {
  const { after, cursor: name } = at;
  const page = await deps.store.readLog({ lane, after, limit: pageEntries, maxBytes: pageBytes });
  await registrar.follow(
    page.entries.filter(({ key }) => followedTypes.has(key.type)),
    { again },
  );
  const isDue = page.upTo.sequence > (at.saved?.sequence ?? 0) && performance.now() - at.savedAtMs > saveMs;
  if (registrar.waiting || isDue) {
    const cursor = { kind: 'move-cursor', name, from: at.saved, to: page.upTo } as const;
    if (await registrar.commit(cursor)) {
      Object.assign(at, { saved: page.upTo, savedAtMs: performance.now(), after: page.upTo.sequence });
    } else {
      Object.assign(at, await startOf(deps, name));
      await pause(lostRaceMs, signal);
    }
  } else at.after = page.upTo.sequence;
  return page.entries.length === 0;
}
