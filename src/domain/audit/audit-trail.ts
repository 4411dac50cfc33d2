import type { Principal } from '../../auth/principal.js';
import type { FhirError } from '../../fhir/fhir-error.js';
import { toReference, type ResourceKey } from '../../fhir/key.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { AuditRow, Change, CountRow, Store } from '../../ports/store.js';
import { regionDay } from './region-day.js';
import { createWaitingRows } from './waiting-rows.js';

export interface AuditTrailDeps {
  readonly store: Pick<Store, 'commit'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** HTTP status of an error, for the row of a refusal. */
  readonly statusOf: (error: FhirError) => number;
}

/** Who did what to whose record, and how much was refused. */
export interface AuditTrail {
  /** The row that rides in the commit of an own write. */
  written(write: WrittenRecord): Change;
  /**
   * Notes a refusal once an error; what has no commit of its own waits for the next flush. Where nobody signed in, one
   * refusal a second and status is kept.
   */
  refused(refusal: Refusal): void;
  /**
   * The row of a sign-in. Resolves when it is durable; false where a sign-in with the same assertion was recorded before.
   */
  signedIn(signIn: SignIn): Promise<boolean>;
  /** Notes a sign-in that failed; one a second, client and status is kept. */
  signInRefused(signIn: Omit<SignIn, 'jti'>): void;
  /** Commits what waits. */
  flush(): Promise<void>;
  /** Flushes for the last time. */
  close(): Promise<void>;
}

/** What a steward does to Persons, or to a Task of the queue. */
export type StewardAction = 'merge' | 'unmerge' | 'link' | 'unlink' | 'decide';

export interface WrittenRecord {
  readonly action: 'create' | 'update' | 'delete' | 'activate' | StewardAction;
  readonly principal: Principal;
  readonly key: ResourceKey;
  readonly status: number;
  readonly requestId: string;
  /** ISO instant. */
  readonly at: string;
}

export interface Refusal {
  readonly error: FhirError;
  /** Absent where nobody signed in. */
  readonly principal?: Principal;
  readonly requestId: string;
  /** `Type/id`, or '' where there is none. */
  readonly target: string;
  /** Of a refused write: counted in series `refused` under this type. */
  readonly write?: { readonly type: string; readonly bytes: number };
}

export interface SignIn {
  /** Client id; '' where the request names no registered client. */
  readonly client: string;
  /** HTTP status. */
  readonly status: number;
  readonly requestId: string;
  /** The client's name for its assertion, kept like the id of a request, so that it works once. */
  readonly jti: string;
}

export function createAuditTrail(deps: AuditTrailDeps): AuditTrail {
  const noted = new WeakSet<FhirError>();
  const waiting = createWaitingRows(deps);
  return {
    written: ({ action, principal, key, status, requestId, at }) => ({
      kind: 'audit',
      event: { at, action, principal: principal.id, target: toReference(key), status, requestId },
    }),
    refused(refusal) {
      if (noted.has(refusal.error)) return;
      noted.add(refusal.error);
      const nowMs = deps.clock.now();
      if (refusal.write) waiting.count(refusedCount(refusal, refusal.write, nowMs));
      const row = {
        at: new Date(nowMs).toISOString(),
        action: 'refuse',
        principal: refusal.principal?.id ?? '',
        target: refusal.target,
        status: deps.statusOf(refusal.error),
        requestId: refusal.requestId,
      };
      if (refusal.principal) waiting.add(row);
      else waiting.addFirst(row);
    },
    async signedIn(signIn) {
      const event = signInRow(signIn, deps.clock.now());
      const { at } = event;
      // A request id of the client's own has no space.
      const once = {
        principal: signIn.client,
        requestId: `jti ${signIn.jti}`,
        digest: '',
        at,
        outcomes: [],
      };
      return (await deps.store.commit({ changes: [{ kind: 'audit', event }], guards: [], once })).ok;
    },
    signInRefused: (signIn) => waiting.addFirst(signInRow(signIn, deps.clock.now())),
    flush: waiting.flush,
    close: waiting.flush,
  };
}

const signInRow = ({ client, status, requestId }: Omit<SignIn, 'jti'>, nowMs: number): AuditRow => ({
  at: new Date(nowMs).toISOString(),
  action: 'sign-in',
  principal: client,
  target: '',
  status,
  requestId,
});

function refusedCount(
  { principal }: Refusal,
  { type, bytes }: NonNullable<Refusal['write']>,
  nowMs: number,
): CountRow {
  const [source, peer] = [principal?.source ?? '', principal?.id ?? ''];
  return { series: 'refused', day: regionDay(nowMs), type, source, peer, n: 1, bytes };
}
