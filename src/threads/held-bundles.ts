/** Where an open bundle is kept, until it is dropped or its time is over. */
export interface HeldBundle {
  /** Generation of the worker that keeps it; 0: the calling thread. */
  readonly generation: number;
  /** Gives back what it took of the admitted bytes. */
  readonly release: () => void;
}

export interface HeldBundles {
  add(handle: number, bundle: HeldBundle): void;
  get(handle: number): HeldBundle | undefined;
  /** Forgets it and tells `onDrop`; nothing happens where it is not held. */
  drop(handle: number): void;
  dropAll(): void;
}

/** Bundles under their handles. One that nobody drops is dropped after `holdMs`. */
export function createHeldBundles(
  holdMs: number,
  onDrop: (handle: number, bundle: HeldBundle) => void,
): HeldBundles {
  const held = new Map<number, { readonly bundle: HeldBundle; readonly timer: NodeJS.Timeout }>();
  const drop = (handle: number): void => {
    const entry = held.get(handle);
    if (entry === undefined) return;
    held.delete(handle);
    clearTimeout(entry.timer);
    entry.bundle.release();
    onDrop(handle, entry.bundle);
  };
  return {
    add(handle, bundle) {
      const timer = setTimeout(() => drop(handle), holdMs);
      timer.unref();
      held.set(handle, { bundle, timer });
    },
    get: (handle) => held.get(handle)?.bundle,
    drop,
    dropAll() {
      for (const handle of [...held.keys()]) drop(handle);
    },
  };
}
