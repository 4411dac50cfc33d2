import { samePosition } from '../fhir/stream-position.js';
import type { Position, Store } from '../ports/store.js';

/**
 * Where a follower's position lies in this log: the sequence after which to go on, or that this log is another than the
 * one the follower knows, because the store was restored.
 */
export type Located = { readonly after: number } | 'restored';

export async function locatePosition(
  store: Pick<Store, 'status' | 'positionAt'>,
  position: Position | undefined,
  /** Incarnations of which it is known that nothing in common is known: their followers begin anew. */
  unrelated: ReadonlySet<string>,
): Promise<Located> {
  if (!position) return { after: 0 };
  const status = await store.status();
  if (position.incarnation === status.incarnation) {
    return (await isOfThisLog(store, position)) ? { after: position.sequence } : 'restored';
  }
  const ancestor = status.lineage.find((entry) => entry.incarnation === position.incarnation);
  if (ancestor) return { after: Math.min(position.sequence, ancestor.lastSequence) };
  return unrelated.has(position.incarnation) ? { after: 0 } : 'restored';
}

async function isOfThisLog(store: Pick<Store, 'positionAt'>, position: Position): Promise<boolean> {
  return position.sequence === 0 || samePosition(await store.positionAt(position.sequence), position);
}

/**
 * The last sequence up to which this log surely agrees with the one that the followers know: positions of this log that
 * they confirmed before, as this store's own cursors tell. 0 where there is none.
 */
export async function lastCommonSequence(
  store: Pick<Store, 'positionAt'>,
  confirmed: readonly (Position | undefined)[],
): Promise<number> {
  let common = 0;
  for (const position of confirmed) {
    if (!position || position.sequence <= common) continue;
    const here = await store.positionAt(position.sequence);
    if (here?.hash === position.hash) common = position.sequence;
  }
  return common;
}
