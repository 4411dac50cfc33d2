import { followedTypes, type Following, type ModelInUse, type Registrar } from '../domain/mpi/index.js';
import { FhirError } from '../fhir/fhir-error.js';
import type { Ids } from '../ports/ids.js';
import type { Logger } from '../ports/logger.js';
import type { Change, LogPage, Position, Store } from '../ports/store.js';
import { createBell, pause } from './bell.js';
import { keepLease, type LeaseTimes } from './keep-lease.js';
import { readLeftOut, type LeftOut } from './left-out-versions.js';

export interface RegistrationDeps {
  readonly store: Pick<
    Store,
    'readLog' | 'cursor' | 'commit' | 'lease' | 'watch' | 'status' | 'positionAt' | 'exceptions'
  >;
  /** Makes an empty one: whoever takes over the lease begins with what the store holds. */
  readonly createRegistrar: () => Registrar;
  /** The model by which Patients are placed. */
  readonly model: () => Promise<ModelInUse>;
  /** It makes Persons; others only enrol. */
  readonly isDomain: boolean;
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
  /** How often since then records were kept out of a Person that is full. */
  readonly timesFull: number;
  /** After a change of the model all Patients are placed anew; absent where that is done, or runs elsewhere. */
  readonly rematching?: { readonly model: string; readonly settled: number };
}

/** A node that becomes the identity domain follows the log from its beginning: what it enrolled, nobody has placed. */
const cursorOf = ({ isDomain }: Pick<RegistrationDeps, 'isDomain'>): string =>
  isDomain ? 'mpi' : enrolmentCursor;
const enrolmentCursor = 'mpi-enrolment';
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
/** What was registered for so long is committed: a page of hard cases neither waits for its last one nor is lost with it. */
const workMs = 1_000;
const retryMs = 500;
/** After somebody else has written what a commit rests on. */
const lostRaceMs = 20;
const lostToTell = 20;
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
  const running: Run['running'] = { settled: 0, cutBlocks: 0, timesFull: 0, rematching: undefined };
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
      running.settled = (await store.cursor(cursorOf(deps)))?.sequence ?? 0;
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
      const settled = lease.held() ? running.settled : ((await store.cursor(cursorOf(deps)))?.sequence ?? 0);
      return {
        settled,
        logEnd: lastSequence,
        complete: settled >= lastSequence,
        cutBlocks: running.cutBlocks,
        timesFull: running.timesFull,
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
    timesFull: number;
    rematching: RegistrationProgress['rematching'] | undefined;
  };
}

async function run(deps: RegistrationDeps, { signal, bell, running }: Run): Promise<void> {
  const registrar = deps.createRegistrar();
  signal.addEventListener('abort', bell.ring);
  const at = await startOf(deps, cursorOf(deps));
  const leftOut = await readLeftOut(deps.store);
  const enrolledTo = deps.isDomain ? ((await deps.store.cursor(enrolmentCursor))?.sequence ?? 0) : 0;
  const rematch = createRematch(deps, { registrar, signal, leftOut });
  while (!signal.aborted) {
    try {
      const idle = await step(deps, {
        registrar,
        at,
        signal,
        leftOut,
        enrolledBefore: at.after < enrolledTo,
      });
      running.settled = at.after;
      running.rematching = await rematch();
      tellFigures(deps, running, registrar);
      if (!idle || running.rematching || signal.aborted) continue;
      await bell.wait(idleMs);
      await pause(gatherMs, signal);
    } catch (error) {
      registrar.reset();
      const reason = error instanceof FhirError ? error.message : '';
      const name = error instanceof Error ? error.name : 'unknown';
      deps.logger.error({ error: name, reason }, 'registering patients was interrupted and goes on');
      await pause(retryMs, signal);
    }
  }
}

function tellFigures({ logger }: RegistrationDeps, running: Run['running'], { figures }: Registrar): void {
  const { cutBlocks, timesFull } = figures;
  const more = timesFull - running.timesFull;
  if (more > 0) logger.warn({ times: more }, 'a person is full: what else is of it makes another person');
  Object.assign(running, { cutBlocks, timesFull });
}

/**
 * Places all Patients anew after the model was changed, a page a call, by the log from its beginning and a cursor of its
 * own, so that it goes on where it was after a restart. Undefined where there is nothing to do.
 */
function createRematch(
  deps: RegistrationDeps,
  { registrar, signal, leftOut }: Pick<Step, 'registrar' | 'signal' | 'leftOut'>,
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
    const finished = await step(deps, { registrar, at, signal, leftOut, again: true });
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
  /** Up to this sequence versions are followed one at a time: one of them can't be taken. */
  careful: number;
  /** The sequence after which a version alone failed last. */
  failedAfter: number;
  /** Commits lost in a row to others who wrote. */
  lost: number;
}

async function startOf({ store }: RegistrationDeps, cursor: string): Promise<Place> {
  const saved = await store.cursor(cursor);
  const after = saved?.sequence ?? 0;
  return { cursor, saved, savedAtMs: performance.now(), after, careful: 0, failedAfter: -1, lost: 0 };
}

interface Step extends Pick<Following, 'again' | 'enrolledBefore'> {
  readonly registrar: Registrar;
  readonly at: Place;
  readonly signal: AbortSignal;
  readonly leftOut: LeftOut;
}

/** One page of the log; true where there was nothing in it, never where it was stopped in the middle. */
async function step(deps: RegistrationDeps, stepping: Step): Promise<boolean> {
  const { registrar, at, signal, leftOut, ...how } = stepping;
  const limit = at.after < at.careful ? 1 : pageEntries;
  const page = await deps.store.readLog({ lane, after: at.after, limit, maxBytes: pageBytes });
  try {
    const followed = page.entries.filter(({ key }) => followedTypes.has(key.type));
    const untilMs = performance.now() + workMs;
    const isEnough = (): boolean => signal.aborted || performance.now() > untilMs;
    const { read, taken } = await registrar.follow(followed, { ...how, isEnough, signal });
    const last = read < followed.length ? followed[read - 1] : undefined;
    await save(deps, stepping, { to: last?.position ?? page.upTo, settled: leftOut.settledBy(taken) });
  } catch (error) {
    registrar.reset();
    if (signal.aborted) return false;
    await takeFailure(deps, { at, page, leftOut, alone: limit === 1 }, error);
  }
  return page.entries.length === 0;
}

/** Stores what waits, and from time to time where nothing does. */
async function save(
  deps: RegistrationDeps,
  { registrar, at, signal, leftOut }: Step,
  { to, settled }: { readonly to: Position; readonly settled: readonly Change[] },
): Promise<void> {
  const isDue = to.sequence > (at.saved?.sequence ?? 0) && performance.now() - at.savedAtMs > saveMs;
  if (!registrar.waiting && settled.length === 0 && !isDue) {
    at.after = to.sequence;
    return;
  }
  if (await registrar.commit({ kind: 'move-cursor', name: at.cursor, from: at.saved, to }, settled)) {
    leftOut.settled(settled);
    Object.assign(at, { saved: to, savedAtMs: performance.now(), after: to.sequence, lost: 0 });
    return;
  }
  const { careful, failedAfter, lost } = at;
  if ((lost + 1) % lostToTell === 0)
    deps.logger.warn({ lost: lost + 1 }, 'registering patients keeps losing to others who write persons');
  Object.assign(at, await startOf(deps, at.cursor), { careful, failedAfter, lost: lost + 1 });
  await pause(lostRaceMs, signal);
}

interface FailedPage {
  readonly at: Place;
  readonly page: LogPage;
  readonly leftOut: LeftOut;
  /** The page was one version. */
  readonly alone: boolean;
}

/**
 * A page that fails is followed again one version at a time, and a version that fails twice alone is left out: one that
 * can't be taken must not keep the region waiting. It stands among the exceptions. Rethrows where the store is away.
 */
async function takeFailure(
  deps: RegistrationDeps,
  { at, page, leftOut, alone }: FailedPage,
  error: unknown,
): Promise<void> {
  if (error instanceof FhirError && error.category === 'busy') throw error;
  const [version] = page.entries;
  const { after, careful } = at;
  const name = error instanceof Error ? error.name : 'unknown';
  if (!alone || at.failedAfter !== after || !version) {
    const known = alone ? { careful, failedAfter: after } : { careful: page.upTo.sequence };
    Object.assign(at, await startOf(deps, at.cursor), known);
    throw error;
  }
  const reason = `the person index could not take it (${name})`;
  const { ok } = await deps.store.commit({
    changes: [
      leftOut.exceptionOf(version, reason),
      { kind: 'move-cursor', name: at.cursor, from: at.saved, to: page.upTo },
    ],
    guards: [],
  });
  if (ok) leftOut.note(version);
  deps.logger.error({ type: version.key.type, error: name }, 'a version was left out of the person index');
  Object.assign(at, await startOf(deps, at.cursor), { careful: ok ? careful : at.careful });
}
