/** Time as the program sees it; injected, so that tests decide it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}
