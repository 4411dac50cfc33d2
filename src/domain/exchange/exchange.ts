import type { Lane } from '../../fhir/lane.js';
import type {
  FetchedVersions,
  FetchRequest,
  PeerPositions,
  ReplicateReceipt,
  StreamView,
  VersionsRequest,
} from '../../ports/peer.js';
import type { DigestRow, ExceptionQuery, ExceptionRow, Position, VersionList } from '../../ports/store.js';
import type { IncomingBatch } from './receive-batch.js';
import type { ReconcileReport, ReconcileRequest } from './reconcile.js';

/** What the exchange module offers over HTTP. `sender` and `asker` are node ids; an unknown one is refused (`forbidden`). */
export interface Exchange {
  receive(sender: string, batch: IncomingBatch): Promise<ReplicateReceipt>;
  /** `started`: the sender asks for the first time since it started, perhaps from an older copy of its data. */
  positions(sender: string, started: boolean): Promise<PeerPositions>;
  digests(asker: string, view: StreamView): Promise<readonly DigestRow[]>;
  versions(asker: string, request: VersionsRequest): Promise<VersionList>;
  fetch(asker: string, request: FetchRequest): Promise<FetchedVersions>;
  exceptions(query: ExceptionQuery): Promise<readonly ExceptionRow[]>;
  streams(): Promise<readonly StreamStatus[]>;
  reconcile(request: ReconcileRequest): Promise<ReconcileReport>;
  isNeighbour(id: string): boolean;
}

/** One lane to one peer. */
export interface StreamStatus {
  readonly peer: string;
  readonly role: 'parent' | 'child';
  readonly lane: Lane;
  /** What the peer has confirmed of this node's log. */
  readonly position: Position | undefined;
  readonly logEnd: number;
  /** Rows of the log that were not yet looked through, or handed over and not yet confirmed. */
  readonly waiting: number;
  readonly caughtUp: boolean;
  /**
   * `broken`: the peer failed and is asked again later. `elsewhere`: another process on the store runs the stream, or
   * none does now; `waiting` is then at most so much, since what policy leaves out moves no count.
   */
  readonly state: 'connecting' | 'streaming' | 'idle' | 'broken' | 'elsewhere';
  readonly lastError?: string;
}
