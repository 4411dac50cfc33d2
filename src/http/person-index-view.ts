import type { Population } from '../domain/mpi/index.js';

/** What the person index shows of itself. */
export interface PersonIndexView {
  progress(): Promise<{
    /** Sequence of the log up to which every Patient is registered. */
    readonly settled: number;
    readonly logEnd: number;
    /** Blocks that held too many records to be compared, since the start of this process. */
    readonly cutBlocks: number;
    /** How often since then records were kept out of a Person that is full. */
    readonly timesFull: number;
  }>;
  population(): Promise<Population>;
}
