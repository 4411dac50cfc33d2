/** Lookups of one Bundle under way at a time; between them other requests have their turn. */
const width = 32;

/** The results in the order of the items. Rejects with a failure and begins nothing after it. */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  step: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += width) {
    // What the store answers at once would otherwise keep the event loop from turning.
    if (start > 0) await new Promise((resolve) => setImmediate(resolve));
    results.push(...(await Promise.all(items.slice(start, start + width).map(step))));
  }
  return results;
}
