import type { Lane } from '../fhir/lane.js';
import type { Logger } from '../ports/logger.js';
import type { Change, Store } from '../ports/store.js';

/**
 * Holds back clients' writes at the start of a node whose data lie in another file than they were last used in: they may
 * be an old copy, and what is written on top of one forks. Ends when every peer has told its positions and none of them
 * lies beyond these data (or the store knows by then that it was restored), at the latest after `holdMs`: a node that
 * is cut off must not stand still.
 */
export interface WriteHold {
  /** Clients' writes are refused now. True until `start` has looked. */
  held(): boolean;
  start(): Promise<void>;
  /** The peer's position in a lane was compared with this log. */
  compared(peer: string, lane: Lane): void;
  stop(): Promise<void>;
}

export interface WriteHoldDeps {
  readonly store: Pick<Store, 'status' | 'commit'>;
  readonly logger: Logger;
  /** Lanes by peer. */
  readonly streams: readonly { readonly peer: string; readonly lanes: readonly Lane[] }[];
  readonly holdMs: number;
  readonly acceptLoss: boolean;
}

export function createWriteHold({ store, logger, streams, holdMs, acceptLoss }: WriteHoldDeps): WriteHold {
  const waiting = new Set(streams.flatMap(({ peer, lanes }) => lanes.map((lane) => nameOf(peer, lane))));
  let held = true;
  let copied = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: NodeJS.Timeout | undefined;
  let accepting: Promise<void> | undefined;

  function release(): void {
    held = false;
    clearTimeout(timer);
    clearInterval(looking);
  }

  /** Another process on the store may have compared. */
  function look(): void {
    store.status().then(
      (status) => {
        if (!status.copied) release();
      },
      () => undefined,
    );
  }

  function accept(): void {
    release();
    accepting ??= store.commit({ changes: [{ kind: 'accept-file' }], guards: [] }).then(
      () => undefined,
      () => logger.warn({}, 'the copied data could not be marked as seen: the next start waits again'),
    );
  }

  return {
    held: () => held,
    async start() {
      copied = (await store.status()).copied ?? false;
      if (!copied) held = false;
      else if (acceptLoss || waiting.size === 0) {
        logger.warn({}, 'the data are a copy or were moved: there is no peer to ask what they lack');
        accept();
      } else {
        logger.warn({ holdMs }, 'the data are a copy or were moved: clients’ writes wait for the peers');
        looking = setInterval(look, lookMs).unref();
        timer = setTimeout(() => {
          release();
          const peers = [...new Set([...waiting].map((name) => name.split(' ')[0]))].join(', ');
          logger.error({ peers }, 'copied data take writes though peers did not answer: forks may arise');
        }, holdMs).unref();
      }
    },
    compared(peer, lane) {
      waiting.delete(nameOf(peer, lane));
      if (copied && waiting.size === 0) accept();
    },
    async stop() {
      clearTimeout(timer);
      clearInterval(looking);
      await accepting;
    },
  };
}

const lookMs = 1_000;

const nameOf = (peer: string, lane: Lane): string => `${peer} ${lane}`;

/** The store as clients' requests see it: while writes are held it refuses own ones as a restored store does. */
export const holdingStore = (store: Store, held: () => boolean): Store => ({
  ...store,
  async commit(unit) {
    if (held() && unit.changes.some(isOwn)) return { ok: false, failed: { reason: 'restored' } };
    return store.commit(unit);
  },
});

const isOwn = ({ kind }: Change): boolean => kind === 'put' || kind === 'delete';
