/**
 * Lets writes to one resource, or under the same criteria, follow each other inside this process, so that parallel ones
 * don't spend their attempts on losing races. A task waits for one key only: nothing can lock up. Correctness rests on
 * the store's expectations, not on this.
 */
export function createSerialByKey(): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = last.get(key);
    const run = before ? before.then(task, task) : task();
    last.set(key, run);
    try {
      return await run;
    } finally {
      if (last.get(key) === run) last.delete(key);
    }
  };
}
