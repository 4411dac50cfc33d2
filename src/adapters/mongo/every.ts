/** Does `work` again and again, `pauseMs` after it ended, until the returned function is called, which waits for its end. */
export function every(pauseMs: number, work: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working = Promise.resolve();

  function next(): void {
    timer = setTimeout(() => {
      working = work()
        // The server is not reached now: the next time.
        .catch(() => undefined)
        .finally(() => {
          if (!stopped) next();
        });
    }, pauseMs).unref();
  }

  next();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await working;
  };
}
