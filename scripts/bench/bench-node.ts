import type { Target } from './post-bundles.js';

/** A node that runs, and how a registered system that is signed in calls it. */
export interface BenchNode extends Target {
  readonly pid: number;
  stop(): Promise<void>;
  readonly origin: string;
  /** Its data folder. */
  readonly data: string;
  /** Connection string of its store; undefined where that lies in the data folder. */
  readonly storeUrl: string | undefined;
  /** Milliseconds from the start of the process until it was ready. */
  readonly startMs: number;
}
