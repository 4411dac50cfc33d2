import { SingleBar } from 'cli-progress';

export interface Progress {
  /** `total` may grow while it goes on. */
  update(done: number, total: number): void;
  stop(): void;
}

/** A bar on a terminal; elsewhere one line when it is over. */
export function showProgress(what: string): Progress {
  let [done, total] = [0, 0];
  if (!process.stdout.isTTY) {
    return {
      update(newDone, newTotal) {
        [done, total] = [newDone, newTotal];
      },
      stop: () => console.log(`${what}: ${done} of ${total}`),
    };
  }
  const bar = new SingleBar({
    format: `${what} {bar} {value}/{total} | {duration_formatted}`,
    hideCursor: true,
  });
  bar.start(0, 0);
  return {
    update(newDone, newTotal) {
      bar.setTotal(newTotal);
      bar.update(newDone);
    },
    stop: () => bar.stop(),
  };
}
