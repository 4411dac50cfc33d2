import { FhirError, fhirError } from '../../fhir/fhir-error.js';
import { versionName } from '../../fhir/key.js';
import { lanes, type Lane } from '../../fhir/lane.js';
import { samePosition } from '../../fhir/stream-position.js';
import type { Clock } from '../../ports/clock.js';
import type { Ingest, ReplicaBatch, WirePosition } from '../../ports/ingest.js';
import type { PeerPositions, RefusedVersion, ReplicateReceipt } from '../../ports/peer.js';
import type { Change, ChangeOutcome, CountRow, Position, Store } from '../../ports/store.js';
import { regionDay } from '../audit/index.js';
import { classifyReplicas, type ClassifiedReplicas, type RefusedReplica } from './classify-replicas.js';
import type { OpenGaps } from './open-gaps.js';
import { createOpenRefusals, type OpenRefusals } from './open-refusals.js';
import { completeCursor, receivedCursor, streamFrom } from './stream-names.js';
import type { Neighbour, Topology } from './topology.js';

export interface ReceiverDeps {
  readonly store: Store;
  readonly ingest: Pick<Ingest, 'prepareReplicas'>;
  readonly clock: Clock;
  readonly topology: Topology;
  readonly gaps: OpenGaps;
}

export interface IncomingBatch {
  readonly lane: Lane;
  /** $replicate Bundle as JSON text. */
  readonly text: string;
  /** The sender's lane has nothing more to offer at the moment. */
  readonly complete: boolean;
  readonly requestId: string;
  /** Own records may come back; only for what this node has asked for. */
  readonly ownReturn?: boolean;
}

/** Takes what neighbours send. Batches of one neighbour and lane are taken one after the other, in order of arrival. */
export interface Receiver {
  /** Reads what is kept in memory, once; the first batch waits for it. */
  load(): Promise<void>;
  /** Reads again what is kept in memory of exceptions: other processes on the store note and clear some. */
  refresh(): Promise<void>;
  /** Clears exceptions that a process could not know of when it took what they stand against. */
  sweep(): Promise<void>;
  /** Throws FhirError `malformed` where the Bundle can't be read, `forbidden` for an unknown sender. */
  receive(sender: string, batch: IncomingBatch): Promise<ReplicateReceipt>;
  positions(sender: string): Promise<PeerPositions>;
  /** The neighbour's lane was once received up to its end. */
  isComplete(sender: string, lane: Lane): boolean;
}

/** So many of the last exceptions of a neighbour and kind are looked at by `refresh`. */
const mostRefreshed = 1_000;

export function createReceiver(deps: ReceiverDeps): Receiver {
  const turns = new Map<string, Promise<unknown>>();
  const complete = new Set<string>();
  const refusals = createOpenRefusals(deps.store, deps.topology);

  function inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (turns.get(name) ?? Promise.resolve()).then(work, work);
    turns.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }

  let loading: Promise<void> | undefined;
  const load = (): Promise<void> => (loading ??= loadMarks(deps, { complete, refusals }));
  let looking: Promise<void> | undefined;
  /** Another process may have received the lane up to its end: the next question knows. */
  function lookFor(mark: string): void {
    looking ??= deps.store
      .cursor(mark)
      .then((cursor) => void (cursor && complete.add(mark)))
      .catch(() => undefined)
      .finally(() => (looking = undefined));
  }

  return {
    load,
    async receive(sender, batch) {
      const neighbour = knownNeighbour(deps.topology, sender);
      const reading = deps.ingest.prepareReplicas(batch.text);
      reading.catch(() => undefined);
      return inTurn(receivedCursor(sender, batch.lane), async () => {
        await load();
        const read = await reading;
        if (read.outcome === 'invalid') throw new FhirError('malformed', read.issues);
        if (read.batch.lane !== batch.lane)
          throw fhirError('malformed', 'invalid', 'The lane is not the batch’s');
        return takeBatch({ deps, neighbour, batch, content: read.batch, complete, refusals });
      });
    },
    async positions(sender) {
      const { id } = knownNeighbour(deps.topology, sender);
      const [workflow, clinical, bulk] = await Promise.all(
        (['workflow', 'clinical', 'bulk'] as const).map((lane) =>
          deps.store.cursor(receivedCursor(id, lane)),
        ),
      );
      return { workflow, clinical, bulk };
    },
    async refresh() {
      await deps.gaps.load(mostRefreshed);
      await refusals.load(mostRefreshed);
    },
    sweep: refusals.sweep,
    isComplete(sender, lane) {
      const mark = completeCursor(sender, lane);
      if (!complete.has(mark)) lookFor(mark);
      return complete.has(mark);
    },
  };
}

async function loadMarks(
  deps: ReceiverDeps,
  { complete, refusals }: Pick<Taking, 'complete' | 'refusals'>,
): Promise<void> {
  await deps.gaps.load();
  await refusals.load();
  for (const { id } of deps.topology.neighbours) {
    for (const lane of lanes) {
      const name = completeCursor(id, lane);
      if (await deps.store.cursor(name)) complete.add(name);
    }
  }
}

export function knownNeighbour(topology: Topology, id: string): Neighbour {
  const neighbour = topology.neighbour(id);
  if (neighbour) return neighbour;
  throw fhirError('forbidden', 'forbidden', 'The caller is no parent or child of this node');
}

interface Taking {
  readonly deps: ReceiverDeps;
  readonly neighbour: Neighbour;
  readonly batch: IncomingBatch;
  readonly content: ReplicaBatch;
  readonly complete: Set<string>;
  readonly refusals: OpenRefusals;
}

async function takeBatch(taking: Taking): Promise<ReplicateReceipt> {
  const { deps, neighbour, batch, content } = taking;
  const { from, to, lane } = content;
  const name = receivedCursor(neighbour.id, lane);
  const current = await deps.store.cursor(name);
  if (to && current && samePosition(to, current)) {
    await markComplete(taking, to);
    return { taken: true, position: current, exceptions: await standing(taking) };
  }
  if (to && !samePosition(from, current)) return { taken: false, position: current, exceptions: [] };
  const ownReturn = batch.ownReturn ? deps.topology.nodeId : undefined;
  const sorted = await classifyReplicas(deps.store, content.entries, { neighbour, lane, ownReturn });
  const changes = changesOf(taking, sorted, { current, to });
  const unit = { changes, guards: [], ...(batch.ownReturn ? { ownReturn: true as const } : {}) };
  const result = await deps.store.commit(unit);
  if (!result.ok) {
    if (result.failed.reason !== 'cursor')
      throw fhirError('busy', 'transient', 'The batch can’t be taken now');
    const mark = completeCursor(neighbour.id, lane);
    if (result.failed.name === mark) {
      // Another process has set the mark since; nothing of this batch was taken.
      taking.complete.add(mark);
      return takeBatch(taking);
    }
    return { taken: false, position: await deps.store.cursor(name), exceptions: [] };
  }
  settle(taking, sorted);
  return { taken: true, position: to ?? current, exceptions: exceptionsOf(sorted, result.outcomes) };
}

/** Replicas come first, so that their outcomes lie at the same index. */
function changesOf(
  taking: Taking,
  sorted: ClassifiedReplicas,
  cursor: { readonly current: Position | undefined; readonly to: WirePosition | undefined },
): Change[] {
  const { deps, neighbour, batch } = taking;
  const nowMs = deps.clock.now();
  const changes: Change[] = [...sorted.replicas];
  // Before the exceptions of this batch: clearing takes away what stands against the version.
  changes.push(...taking.refusals.clearChanges(neighbour.id, sorted.replicas));
  for (const replica of sorted.replicas) {
    if (deps.gaps.isOpen(replica)) changes.push(...deps.gaps.clearChanges(replica));
  }
  for (const { key, versionId, reason } of sorted.flagged) {
    changes.push({
      kind: 'exception',
      exception: { stream: streamFrom(neighbour.id), key, versionId, kind: 'invalid', reason },
    });
  }
  for (const { replica, reason } of sorted.refused) {
    const { key, versionId, hash } = replica;
    changes.push({
      kind: 'exception',
      exception: { stream: streamFrom(neighbour.id), key, versionId, kind: 'refused', reason, hash },
    });
  }
  changes.push(...refusedCounts(neighbour.id, sorted.refused, nowMs));
  changes.push(...deps.gaps.noteChanges(neighbour.id, sorted.missing));
  if (cursor.to) changes.push(...cursorChanges(taking, cursor.current, cursor.to));
  if (sorted.replicas.length + sorted.refused.length > 0) {
    changes.push({
      kind: 'audit',
      event: {
        at: new Date(nowMs).toISOString(),
        action: 'replicate',
        principal: neighbour.id,
        target: '',
        status: 200,
        requestId: batch.requestId,
      },
    });
  }
  return changes;
}

function cursorChanges(
  { neighbour, batch, complete }: Taking,
  current: Position | undefined,
  to: WirePosition,
): Change[] {
  const changes: Change[] = [
    { kind: 'move-cursor', name: receivedCursor(neighbour.id, batch.lane), from: current, to },
  ];
  const mark = completeCursor(neighbour.id, batch.lane);
  if (batch.complete && !complete.has(mark)) {
    changes.push({ kind: 'move-cursor', name: mark, from: undefined, to });
  }
  return changes;
}

/** A sender that had nothing more to say than that this was all. */
async function markComplete({ deps, neighbour, batch, complete }: Taking, to: WirePosition): Promise<void> {
  const mark = completeCursor(neighbour.id, batch.lane);
  if (!batch.complete || complete.has(mark)) return;
  const changes: Change[] = [{ kind: 'move-cursor', name: mark, from: undefined, to }];
  const result = await deps.store.commit({ changes, guards: [] });
  if (result.ok || result.failed.reason === 'cursor') complete.add(mark);
}

function refusedCounts(peer: string, refused: readonly RefusedReplica[], nowMs: number): Change[] {
  const day = regionDay(nowMs);
  return refused.map(({ replica }): Change => {
    const count: CountRow = {
      series: 'refused',
      day,
      type: replica.key.type,
      source: replica.source,
      peer,
      n: 1,
      bytes: Buffer.byteLength(replica.body),
    };
    return { kind: 'count', count };
  });
}

/** What is only known in memory, after the commit. */
function settle(taking: Taking, sorted: ClassifiedReplicas): void {
  const { deps, neighbour, batch, content, complete, refusals } = taking;
  const refused = sorted.refused.map(({ replica }) => replica);
  refusals.settled(neighbour.id, { taken: sorted.replicas, refused });
  for (const replica of sorted.replicas) if (deps.gaps.isOpen(replica)) deps.gaps.cleared(replica);
  deps.gaps.noted(neighbour.id, sorted.missing);
  if (content.to && batch.complete) complete.add(completeCursor(neighbour.id, batch.lane));
}

function exceptionsOf(sorted: ClassifiedReplicas, outcomes: readonly ChangeOutcome[]): RefusedVersion[] {
  const exceptions: RefusedVersion[] = sorted.refused.map(({ replica, reason }) => ({
    key: replica.key,
    versionId: replica.versionId,
    kind: 'refused',
    reason,
  }));
  sorted.replicas.forEach(({ key, versionId }, index) => {
    const outcome = outcomes[index];
    if (outcome === 'fork') {
      exceptions.push({
        key,
        versionId,
        kind: 'fork',
        reason: 'another version of that number is held here',
      });
    } else if (outcome === 'foreign-owner') {
      exceptions.push({
        key,
        versionId,
        kind: 'foreign-owner',
        reason: 'the id is held here of another owner',
      });
    }
  });
  return exceptions;
}

const standingLimit = 10_000;

/** What stands against the entries of a batch that was taken before: its answer was lost. */
async function standing({ deps, neighbour, content }: Taking): Promise<RefusedVersion[]> {
  const rows = await deps.store.exceptions({ stream: streamFrom(neighbour.id), limit: standingLimit });
  const sent = new Set(content.entries.map(versionName));
  return rows.flatMap(({ key, versionId, kind, reason }): RefusedVersion[] =>
    kind !== 'gap' && kind !== 'invalid' && sent.has(versionName({ key, versionId }))
      ? [{ key, versionId, kind, reason }]
      : [],
  );
}
