import { toReference, type ResourceKey } from '../../fhir/key.js';

/**
 * Lets writes to one resource follow each other inside this process, so that parallel updates of it don't spend their
 * attempts on losing races. A task waits for one key only: nothing can lock up. Correctness rests on the store's
 * expectations, not on this.
 */
export function createSerialByKey(): <T>(key: ResourceKey, task: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const name = toReference(key);
    const before = last.get(name);
    const run = before ? before.then(task, task) : task();
    last.set(name, run);
    try {
      return await run;
    } finally {
      if (last.get(name) === run) last.delete(name);
    }
  };
}
