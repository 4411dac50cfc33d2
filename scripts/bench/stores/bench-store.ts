import type { NodePlan } from '../../network/network-plan.js';
import type { Shot } from '../fire.js';
import type { BenchNode } from '../bench-node.js';
import type { Yardstick } from '../yardstick.js';

/** Where the nodes of a run keep their data, and what they are held against there. */
export interface BenchStore {
  /** Bounds; absent where a figure is only shown. */
  readonly wanted: Wanted;
  /** Gives nodes that are not there yet stores of their own. */
  place(plans: readonly NodePlan[]): Promise<PlacedPlans>;
  /** Puts what a node's store holds into an empty one, without the node. `folder` is empty or not there. */
  insertRaw(node: BenchNode, folder: string): Promise<RawInsert>;
  /** What reads are held against. */
  bareReads(sent: Sent): Promise<Yardstick>;
  /** What single creates are held against. */
  bareCreates(sent: Sent): Promise<Yardstick>;
  /** Takes away what stands outside the run's folder. */
  close(): Promise<void>;
}

export interface Wanted {
  readonly startSeconds?: number;
  readonly visibleMs?: number;
  /** The others: ours to the yardstick. */
  readonly load?: number;
  readonly read: number;
  readonly search?: number;
  readonly create: number;
  readonly aimedCreate?: number;
}

export interface PlacedPlans {
  readonly plans: readonly NodePlan[];
  /** Takes the stores away. */
  remove(): Promise<void>;
}

/** What is sent to a loaded node, and a folder for a yardstick's files. */
export interface Sent {
  readonly node: BenchNode;
  readonly shots: readonly Shot[];
  readonly folder: string;
}

/** What the program of a raw insert prints. */
export interface RawInsert {
  readonly name: string;
  readonly seconds: number;
  readonly resources: number;
  /** What the node's own store takes: on disk, or as the server counts documents and indexes. */
  readonly bytes: number;
  readonly indexRows?: number;
}
